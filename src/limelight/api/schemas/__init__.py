"""The bodies that clients send, and how they become specs. They know nothing of HTTP."""

from limelight.api.schemas.create import parse_create
from limelight.api.schemas.generate import GenerateRequest, parse_generate
from limelight.api.schemas.photos import parse_av4
from limelight.api.schemas.webm import parse_webm

__all__ = ["GenerateRequest", "parse_av4", "parse_create", "parse_generate", "parse_webm"]
