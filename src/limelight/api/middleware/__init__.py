"""What is around the application: paths and logs, a database that is away, requests that are sent twice."""
