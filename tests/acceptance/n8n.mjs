// What n8n is to HeyGen's nodes: it loads what their package.json names, fills in parameters as its editor does, has
// credentials, sends what they ask for (by axios, as n8n-core 2.0.0 does) and listens for their webhooks.
// A line of JSON in is a wish, a line out is what came of it. The nodes and the credentials are as npm has them.
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import readline from "node:readline";

const require = createRequire(import.meta.url);
const axios = require("axios");
const get = require("lodash/get");
const { NodeApiError, NodeHelpers, isObjectEmpty } = require("n8n-workflow");

const PACKAGE = path.dirname(require.resolve("@heygenofficial/n8n-nodes-heygen-official/package.json"));
const load = (file) => new (require(path.join(PACKAGE, file))[path.basename(file).split(".")[0]])();
const named = require(path.join(PACKAGE, "package.json")).n8n;
const types = Object.fromEntries(named.nodes.map(load).map((type) => [type.description.name, type]));
const credentials = Object.fromEntries(named.credentials.map(load).map((type) => [type.name, type]));
const secrets = {
  heyGenApi: { apiKey: process.env.HEYGEN_API_KEY },
  heyGenOAuth2Api: { oauthTokenData: { access_token: process.env.HEYGEN_API_KEY } },
};

async function httpRequest({ url, baseURL, method = "GET", qs, headers = {}, body, json, encoding, returnFullResponse }) {
  const request = { url, baseURL, method, params: qs, headers: { "User-Agent": "n8n", ...headers }, proxy: false };
  if (body && method !== "GET" && (typeof body === "string" || !isObjectEmpty(body))) request.data = body;
  if (json) request.headers.Accept ??= "application/json";
  if (encoding) request.responseType = encoding;
  const answer = await axios(request);
  return returnFullResponse
    ? { body: answer.data, headers: answer.headers, statusCode: answer.status, statusMessage: answer.statusText }
    : answer.data;
}

// A credential says by expressions where its secret goes, or extends n8n's own for OAuth 2, which sends a bearer token.
function signed(type, request) {
  const { authenticate, extends: base } = credentials[type];
  const said = base ? { Authorization: "Bearer {{$credentials.oauthTokenData.access_token}}" } : authenticate.properties.headers;
  const fill = (text) =>
    text.replace(/^=/, "").replace(/\{\{\s*\$credentials\.([\w.]+)\s*\}\}/g, (_, name) => get(secrets[type], name));
  const headers = Object.fromEntries(Object.entries(said).map(([name, text]) => [name, fill(text)]));
  return { ...request, headers: { ...request.headers, ...headers } };
}

function context(type, values, { items = [{ json: {} }], continueOnFail = false } = {}) {
  const { description } = types[type];
  const node = { id: "1", name: description.displayName, type, typeVersion: 1, position: [0, 0] };
  node.parameters = NodeHelpers.getNodeParameters(description.properties, values, true, false, node, description);
  const parameter = (name, fallback) => {
    const value = get(node.parameters, name, fallback);
    if (value === undefined) throw new Error(`Could not get parameter ${name}`);
    return value;
  };
  return {
    getNode: () => node,
    getInputData: () => items,
    getNodeParameter: (name, _item, fallback) => parameter(name, fallback),
    getCredentials: async (name) => ({ ...secrets[name] }),
    continueOnFail: () => continueOnFail,
    helpers: {
      httpRequest,
      async httpRequestWithAuthentication(name, request) {
        try {
          return await httpRequest(signed(name, request));
        } catch (error) {
          throw new NodeApiError(node, error);
        }
      },
    },
  };
}

const deliveries = [];

const wishes = {
  operations: () => types.heygenNode.description.properties
    .filter(({ name }) => name === "operation")
    .flatMap(({ displayOptions, options }) => options.map(({ value }) => [displayOptions.show.resource[0], value])),
  events: () => types.heygenTrigger.description.properties.find(({ name }) => name === "events").options.map((o) => o.value),
  execute: async ({ parameters, ...rest }) =>
    (await types.heygenNode.execute.call(context("heygenNode", parameters, rest)))[0],
  options: async ({ method, parameters }) => {
    const here = context("heygenNode", parameters);
    here.getCurrentNodeParameter = (name) => here.getNodeParameter(name, 0);
    return types.heygenNode.methods.loadOptions[method].call(here);
  },
  test: () => httpRequest(signed("heyGenApi", credentials.heyGenApi.test.request)),
  // n8n answers a webhook whether or not its node makes something of it.
  listen: ({ parameters }) => new Promise((resolve) => {
    const server = http.createServer(async (request, response) => {
      const parts = await request.toArray();
      const here = context("heygenTrigger", parameters);
      Object.assign(here, {
        getBodyData: () => JSON.parse(Buffer.concat(parts)),
        getNodeParameter: (name, fallback) => get(here.getNode().parameters, name, fallback),
      });
      deliveries.push(await types.heygenTrigger.webhook.call(here).then((r) => r.workflowData[0], failure));
      response.end();
    });
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}/webhook/heygen`));
  }),
  received: () => deliveries,
};

const failure = ({ name, message, description, httpCode }) => ({ name, message, description, httpCode });

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { wish, ...rest } = JSON.parse(line);
  const said = await Promise.resolve(rest).then(wishes[wish]).then((result) => ({ result }), (error) => ({ error: failure(error) }));
  console.log(JSON.stringify(said));
}
process.exit(0);
