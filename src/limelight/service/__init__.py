"""The application without HTTP: what an account can do, whoever asks. The API and the command line call this."""
