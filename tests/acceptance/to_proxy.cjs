// Loaded before a program: what it sends to HeyGen's hosts goes to the port PROXY_PORT on this machine, with TLS as usual.
// The program and the certificate's check are not touched.
const tls = require("node:tls");

const connect = tls.connect;
tls.connect = (options, ...rest) => {
  if (!/\.heygen\.com$/.test(options.servername || options.host)) return connect(options, ...rest);
  return connect({ ...options, host: "127.0.0.1", port: Number(process.env.PROXY_PORT) }, ...rest);
};
