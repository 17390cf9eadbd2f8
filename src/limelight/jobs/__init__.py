"""Runs films durably: stages scene by scene, checkpointed. Knows nothing of HTTP."""
