"""The HTTP edge: requests in, specs to the jobs, the wire's envelopes out."""
