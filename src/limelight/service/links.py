"""URLs of a video's files: signed, good for seven days, and for one file each."""

from __future__ import annotations

import hashlib
import hmac
import time

URL_LIFETIME_S = 7 * 24 * 3600


class Links:
    """Makes and checks URLs with one secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def signed(self, base_url: str, key: str) -> str:
        """An absolute URL of an object `videos/…`, or of one `speech/…`."""
        path = "/files/" + key.removeprefix("videos/")
        expires = int(time.time()) + URL_LIFETIME_S
        return f"{base_url}{path}?expires={expires}&signature={self._signature(path, expires)}"

    def problem(self, path: str, expires: str, signature: str) -> str | None:
        """What is wrong with a URL of this path and these parameters; None where nothing is."""
        good = expires.isdecimal() and len(expires) < 20
        if not good or not hmac.compare_digest(signature.encode(), self._signature(path, int(expires)).encode()):
            return "this URL's signature is not valid."
        if int(expires) < time.time():
            return "this URL has expired; ask for the video's status again."
        return None

    def _signature(self, path: str, expires: int) -> str:
        return hmac.new(self._secret, f"{path}\n{expires}".encode(), hashlib.sha256).hexdigest()
