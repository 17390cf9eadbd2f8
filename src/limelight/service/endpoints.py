"""Webhook endpoints: the URLs to which accounts' events are sent."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from limelight.names import is_id
from limelight.network.connect import Allowed
from limelight.requests.webhooks import parse_endpoint_change, parse_new_endpoint
from limelight.requests.wire import invalid
from limelight.service.caller import Caller
from limelight.service.deliveries import account_secret, allowed_for, event_data, urls_in
from limelight.service.missing import NotFound
from limelight.store import Store
from limelight.store.webhooks import Delivery, Endpoint

#: Limits the deliveries of one event, which is sent to each endpoint of its account.
MAX_ENDPOINTS = 50


class Endpoints:
    """The webhook endpoints of a server. Every function raises StoreError; those that name one, NotFound."""

    def __init__(
        self,
        store: Store,
        server_secret: str,
        allowed: Allowed,
        *,
        sign: Callable[[str, str], str],
        public_url: str | None,
    ) -> None:
        """`sign` makes a signed URL of a base URL and an object's key."""
        self._sign = sign
        self._public_url = public_url
        self._webhooks = store.webhooks
        self._server_secret = server_secret
        self._allowed = allowed

    def all(self, caller: Caller) -> list[Endpoint]:
        """The caller's endpoints, oldest first."""
        return self._webhooks.endpoints(caller.id)

    def add(self, body: object, caller: Caller) -> Endpoint:
        """Add an endpoint. Raises SpecError."""
        asked = parse_new_endpoint(body, allowed_for(caller.id, self._allowed))
        if len(self.all(caller)) >= MAX_ENDPOINTS:
            raise invalid("url", f"there are {MAX_ENDPOINTS} endpoints already, that is the limit")
        return self._webhooks.add(caller.id, asked.url, asked.events or None, asked.secret)

    def change(self, body: object, caller: Caller, endpoint_id: str | None = None) -> Endpoint:
        """Change an endpoint's URL or events; the body names it, or its path did. Raises SpecError."""
        asked = parse_endpoint_change(body, allowed_for(caller.id, self._allowed), endpoint_id)
        changed = None
        if is_id(asked.endpoint_id):
            changed = self._webhooks.update(caller.id, asked.endpoint_id, asked.url, asked.events)
        if changed is None:
            raise NotFound.of("webhook endpoint", asked.endpoint_id)
        return changed

    def remove(self, endpoint_id: str, caller: Caller) -> None:
        """Delete an endpoint, and give up its waiting deliveries."""
        if not is_id(endpoint_id) or not self._webhooks.remove(caller.id, endpoint_id):
            raise NotFound.of("webhook endpoint", endpoint_id)

    def rotate(self, endpoint_id: str, caller: Caller) -> Endpoint:
        """Give an endpoint a new secret; the old one signs nothing from now on."""
        changed = None
        if is_id(endpoint_id):
            changed = self._webhooks.rotate(caller.id, endpoint_id, secrets.token_hex(32))
        if changed is None:
            raise NotFound.of("webhook endpoint", endpoint_id)
        return changed

    def events(
        self, caller: Caller, limit: int, before: tuple[int, str] | None, *, event_type: str, video_id: str
    ) -> list[Delivery]:
        """The caller's events, newest first, one delivery of each; filtered by type and video."""
        return self._webhooks.events(caller.id, limit, before=before, event_type=event_type, video_id=video_id)

    def told(self, event: Delivery) -> dict[str, object]:
        """What an event tells, its URLs signed anew."""
        return event_data(event, urls_in(event, self._sign, self._public_url))

    def secret(self, account_id: str) -> str:
        """The secret that signs an account's callbacks as long as it has no endpoint."""
        return account_secret(self._server_secret, account_id)
