"""Where every object is: one place for the keys of the store's objects.

assets/ID/original.EXT                    an upload
work/VIDEO/media/SHA                      a video's own copy of a user's file; SHA-rig a rig made of several
work/VIDEO/scene-NNN/PART                 a rendered scene: its parts, `captioned`, and `done`
videos/VIDEO/NAME                         a finished film and what belongs to it, under signed URLs; `preview.mp4` is
                                          no object, but what is there of the film, see `live`
segments/[UPLOAD/...]SHA/PART             finished scenes that are kept for equal ones
previews/avatars/..., previews/voices/... made at the first request
speech/ID/speech.mp3, speech/ID/answer.json
                                          a text that was spoken on its own
removals/ACCOUNT/JOB/LAYER.png, removals/ACCOUNT/JOB/answer.json
                                          a person cut out of a picture
incoming/...                              objects until they are whole (`store.objects`)
"""

from __future__ import annotations

import hashlib

from limelight.catalog.avatars import AvatarEntry
from limelight.catalog.voices import VoiceEntry
from limelight.spec import Source

ASSETS, FILMS, REMOVALS, SEGMENTS, SPEECH, WORK = "assets", "videos", "removals", "segments", "speech", "work"
#: Where a video's objects are, each under its id.
OF_VIDEOS = (WORK, FILMS)
#: What a scene consists of; the last one is published last and says that the others are there.
PARTS = ("video", "sound", "words", "frames")


def asset(asset_id: str, extension: str) -> str:
    """An upload."""
    return f"{asset_folder(asset_id)}/original.{extension}"


def asset_folder(asset_id: str) -> str:
    """What an upload's key begins with."""
    return f"{ASSETS}/{asset_id}"


def work_folder(video_id: str) -> str:
    """What the keys of a film's parts begin with, as long as it is in the making."""
    return f"{WORK}/{video_id}"


def media(video_id: str, *sources: Source) -> str:
    """A video's own copy of a user's file."""
    keys = "\n".join(source.key for source in sources)
    return f"{work_folder(video_id)}/media/{hashlib.sha256(keys.encode()).hexdigest()}"


def rig(video_id: str, pictures: tuple[Source, ...]) -> str:
    """The rig that is made of a person's pictures, for the scenes of one film."""
    return f"{media(video_id, *pictures)}-rig"


def scene(video_id: str, index: int, part: str = "") -> str:
    """A part of a rendered scene, or what the keys of its parts begin with."""
    return f"{work_folder(video_id)}/scene-{index:03d}/{part}".rstrip("/")


def film(video_id: str, name: str) -> str:
    """A finished film, or what belongs to it."""
    return f"{FILMS}/{video_id}/{name}"


def preview(video_id: str) -> str:
    """What a film in the making is watched under; no object has this key."""
    return film(video_id, "preview.mp4")


def segment(digest: str) -> str:
    """What the keys of a kept scene's parts begin with; `digest` is `Segments.digest`."""
    return f"{SEGMENTS}/{digest}"


def avatar_clip(entry: AvatarEntry) -> str:
    """A short film of a presenter."""
    outfit = f"-{entry.outfit[1:]}" if entry.outfit else ""
    return f"previews/avatars/{entry.pack.stem}-{entry.version}{outfit}.mp4"


def voice_sample(entry: VoiceEntry) -> str:
    """A sample of a voice."""
    version = hashlib.sha256(repr(entry).encode()).hexdigest()[:12]
    return f"previews/voices/{entry.voice_id}-{version}.mp3"


def speech(speech_id: str, name: str) -> str:
    """What was said of a text on its own."""
    return f"{SPEECH}/{speech_id}/{name}"


def removals(account_id: str, job_id: str = "", name: str = "") -> str:
    """A file of a job that removed a background; or what the keys of the job, or of an account's jobs, begin with."""
    return "/".join(filter(None, (REMOVALS, account_id, job_id, name)))
