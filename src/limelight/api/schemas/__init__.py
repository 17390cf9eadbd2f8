"""The wire's models and their translation into a `VideoSpec`."""
