"""The only code that connects to hosts that users name: which URLs and addresses are allowed, and downloads."""
