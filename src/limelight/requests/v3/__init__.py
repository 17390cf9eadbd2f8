"""The bodies of v3, which become the same specs as those of v1 and v2.

videos        POST /v3/videos: of a presenter or photo, of a picture, of scenes; and batches; `bodies` are theirs
agents        POST /v3/video-agents
avatars       POST /v3/avatars, looks, consent
speech        POST /v3/voices/speech
removals      POST /v3/background-removals
uploads       direct uploads, and their end
files         how a body names a file: by URL, as an upload, or inline
"""
