"""The application without HTTP: what an account can do. The API and the command line call this."""
