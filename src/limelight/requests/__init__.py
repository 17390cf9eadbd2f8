"""The bodies that clients send, and how they become specs. They know nothing of HTTP."""

from limelight.requests.create import parse_create
from limelight.requests.generate import GenerateRequest, parse_generate
from limelight.requests.photos import parse_av4
from limelight.requests.webm import parse_webm

__all__ = ["GenerateRequest", "parse_av4", "parse_create", "parse_generate", "parse_webm"]
