"""What judges films, voices and readings without being told what to expect: for tests and benches, never shipped."""
