"""Accounts: what each plan includes, how API keys are made, and what a video is estimated to cost."""

from __future__ import annotations

import hashlib
import math
import secrets
from dataclasses import dataclass

from limelight.spec import MAX_SCRIPT_CHARACTERS, AudioVoice, FilmVoice, Scene, TextVoice, VideoSpec
from limelight.speech.length import SLOWEST_CHARACTERS_PER_S, length_s
from limelight.store.accounts import Account, ErrorStyle, Key, Plan
from limelight.store.database import now_ms
from limelight.store.store import Store

#: A credit is a minute of film.
CREDIT_S = 60

_KEY_PREFIX = "ll_"
_SHOWN_CHARACTERS = 9

#: The silence before and after a scene's speech, together.
_AROUND_SPEECH_S = 1.0
#: The seconds held back for a recording, whose length is not known before it is downloaded.
_RECORDING_S = 15.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan includes; None means no limit."""

    #: the longest script of one scene
    script_characters: int
    #: how many videos are made at once
    concurrency: int | None
    credits: int | None


PLANS: dict[Plan, Terms] = {
    "free": Terms(500, 1, 10),
    "creator": Terms(1_500, 3, 60),
    "team": Terms(3_000, 6, 300),
    "enterprise": Terms(MAX_SCRIPT_CHARACTERS, None, None),
}


def new_account(
    store: Store,
    name: str,
    plan: Plan,
    *,
    credits: int | None = None,
    concurrency: int | None = None,
    email: str = "",
) -> Account:
    """Create an account on a plan; `credits` and `concurrency`, if given, replace the plan's."""
    terms = PLANS[plan]
    left = terms.credits if credits is None else credits
    return store.accounts.create(
        name,
        plan,
        left_s=None if left is None else left * CREDIT_S,
        concurrency=terms.concurrency if concurrency is None else concurrency,
        email=email,
    )


def new_key(store: Store, account_id: str, name: str, error_style: ErrorStyle | None = None) -> str:
    """Create a key for an account; gives the key, which the store cannot give again: it keeps only the hash."""
    key = _KEY_PREFIX + secrets.token_hex(24)
    store.accounts.add_key(
        Key(key_hash(key), account_id, key[:_SHOWN_CHARACTERS], name, error_style, now_ms(), revoked_ms=None)
    )
    return key


def key_hash(key: str) -> str:
    """The hash by which the store knows a key. Keys are long and random, so a plain SHA-256 cannot be inverted."""
    return hashlib.sha256(key.encode()).hexdigest()


def script_limit(account: Account) -> int:
    """How many characters one scene's script may have."""
    return PLANS[account.plan].script_characters


def estimated_seconds(spec: VideoSpec) -> int:
    """The whole seconds of film that are held back for a video until its length is known."""
    return math.ceil(sum(_scene_s(scene) for scene in spec.scenes))


def _scene_s(scene: Scene) -> float:
    if isinstance(scene.voice, AudioVoice | FilmVoice):
        return _RECORDING_S
    if not isinstance(scene.voice, TextVoice):
        return scene.voice.duration_s
    return length_s(scene.voice.script, scene.voice.speed, SLOWEST_CHARACTERS_PER_S) + _AROUND_SPEECH_S
