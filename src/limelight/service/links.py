"""URLs of this server. Those of films, spoken texts and layers of pictures are signed, each for one file and for seven
days."""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass
from urllib.parse import quote

from limelight.jobs import keys
from limelight.store import Asset

URL_LIFETIME_S = 7 * 24 * 3600


class Links:
    """Makes and checks URLs with one secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def signed(self, base_url: str, key: str) -> str:
        """An absolute signed URL of an object `videos/…`, `speech/…` or `removals/…`."""
        path = "/files/" + key.removeprefix(f"{keys.FILMS}/")
        expires = int(time.time()) + URL_LIFETIME_S
        return f"{base_url}{path}?expires={expires}&signature={self._signature(path, expires)}"

    def problem(self, path: str, expires: str, signature: str) -> str | None:
        """What is wrong with a signed URL of this path and these parameters; None where nothing is."""
        good = expires.isdecimal() and len(expires) < 20
        if not good or not hmac.compare_digest(signature.encode(), self._signature(path, int(expires)).encode()):
            return "this URL's signature is not valid."
        if int(expires) < time.time():
            return "this URL has expired; ask for the video's status again."
        return None

    def _signature(self, path: str, expires: int) -> str:
        return hmac.new(self._secret, f"{path}\n{expires}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Urls:
    """Absolute URLs for the answer to one request."""

    #: their start, without a slash at its end: the public URL, or the host that the client called
    base_url: str
    links: Links

    def signed(self, key: str) -> str:
        """The URL of an object `videos/…`, `speech/…` or `removals/…`, or of an upload to come, `upload/…`; good for
        seven days."""
        return self.links.signed(self.base_url, key)

    def asset(self, asset: Asset) -> str:
        """The URL of an upload. It is not signed: whoever knows the id may read the file."""
        return f"{self.base_url}/files/asset/{asset.id}/{asset.key.rpartition('/')[2]}"

    def preview(self, path: str) -> str:
        """The URL of a preview: `avatars/ID.jpg`, `avatars/ID.mp4` or `voices/ID.mp3`."""
        return f"{self.base_url}/previews/{quote(path)}"

    def page(self, token: str) -> str:
        """The URL of the public page with this token."""
        return f"{self.base_url}/share/{token}"
