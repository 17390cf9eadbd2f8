"""What cannot be made is refused at once, in words that existing clients sort by."""

from __future__ import annotations

from typing import Any

import pytest

from serving import Server, body

#: The seed's `generateVideoSafe` tests a message for these, in this order.
SORTED_BY = ("quota", "avatar", "voice", "script")


def changed(**fields: Any) -> dict[str, Any]:
    """A good body with fields of its only scene's character or voice replaced."""
    bad = body()
    for part in ("character", "voice"):
        own = {name: value for name, value in fields.items() if name in bad["video_inputs"][0][part]}
        bad["video_inputs"][0][part] |= own
    return bad


BAD = {
    "unknown avatar": (
        changed(avatar_id="nobody_20230101"), "avatar_not_found",
        "avatar nobody_20230101 not found or no longer available.", "avatar",
    ),
    "unknown voice": (changed(voice_id="0" * 32), "voice_not_found", f"voice {'0' * 32} not found.", "voice"),
    "empty script": (changed(input_text=""), "invalid_parameter", "script is empty.", "script"),
    "6,000-character script": (
        changed(input_text="x " * 3000), "invalid_parameter",
        "script is too long: 6000 characters, the limit is 5000.", "script",
    ),
    "odd dimension": (
        body(width=1281), "invalid_parameter",
        "dimension.width is invalid: 1281 is odd, it must be even, from 128 to 4096.", None,
    ),
    "51 scenes": (
        body(*["Hello there."] * 51), "invalid_parameter",
        "video_inputs is invalid: it has 51 entries, the limit is 50.", None,
    ),
    "malformed break tag": (
        changed(input_text='Hello <break time="soon"/> there.'), "invalid_parameter",
        "script has a malformed break tag: '<break time=\"soon\"/>'", "script",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input(server: Server, name: str) -> None:
    bad, code, said, kind = BAD[name]
    answer = server.http.post("/v2/video/generate", json=bad)
    assert answer.status_code == 400
    error = answer.json()
    assert error["data"] is None
    assert error["code"] == code
    assert error["error"] == error["message"]
    assert error["message"].startswith(said)
    assert next((word for word in SORTED_BY if word in error["message"]), None) == kind
    assert not any(word in error["message"] for word in ("credit", "quota", "balance"))


def test_nothing_was_kept_of_them(server: Server) -> None:
    before = server.http.get("/v2/user/remaining_quota").json()
    for bad, *_ in BAD.values():
        server.http.post("/v2/video/generate", json=bad)
    assert server.http.get("/v2/user/remaining_quota").json() == before
