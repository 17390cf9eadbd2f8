"""The bodies that clients send, and how they become specs. They know nothing of HTTP."""

from limelight.api.schemas.generate import GenerateRequest, parse_generate

__all__ = ["GenerateRequest", "parse_generate"]
