"""The bodies that clients send, and how they become specs. They know nothing of HTTP.

generate      POST /v2/video/generate, and `limelight render SPEC.json`
create        POST /v2/videos
webm          POST /v1/video.webm
photos        POST /v2/video/av4/generate, photo avatars
agent         POST /v1/video_agent/generate; `prompt` plans its scenes
templates     templates, and what fills them; `placeholders` does the filling
parts         what several of them share; `media`, `captions`, `texts`, `words` read theirs
drawn         what of words on the picture will not be seen as it is asked, as warnings
known         whose body it is: uploads, photos, words, limits
wire          how leniently all are read, and how an error is said
"""

from limelight.requests.create import parse_create
from limelight.requests.generate import parse_generate
from limelight.requests.parts import GenerateRequest
from limelight.requests.photos import parse_av4
from limelight.requests.webm import parse_webm

__all__ = ["GenerateRequest", "parse_av4", "parse_create", "parse_generate", "parse_webm"]
