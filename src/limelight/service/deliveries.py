"""Sends webhooks: signs and posts each delivery that is due, with retries, until it has arrived or is given up.

Deliveries are rows (`store.webhooks`), kept in the transaction that ended the video. So a stop or a crash loses
nothing; at worst an event arrives twice, with the same event id. The owner's webhooks may go to any address; those of
other accounts only to public addresses and to those that LIMELIGHT_FETCH_ALLOW names.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import cast

import httpcore

from limelight.errors import LimelightError
from limelight.network.connect import (
    ANYWHERE,
    PUBLIC,
    USER_AGENT,
    AddressRefused,
    Allowed,
    CheckedNetwork,
    HostUnknown,
    certificate_refused,
    host_header,
    timeouts,
    tls,
    url_problem,
    wire_url,
)
from limelight.notices import BATCH_FINISHED, SUCCEEDED
from limelight.store.accounts import OWNER
from limelight.store.database import now_ms
from limelight.store.webhooks import Attempt, Busy, Delivery, Webhooks, place

#: The wait from each failed attempt to its retry. The first attempt is made at once; after the last retry fails, the
#: delivery is given up.
SCHEDULE_S = (10.0, 30.0, 120.0, 600.0, 3600.0, 6 * 3600.0, 24 * 3600.0)
#: The limit of one attempt.
TIMEOUT_S = 10.0
#: How long ended deliveries stay in the log.
LOG_DAYS = 30

#: The most attempts at once: in all, to one server, and of one account.
_AT_ONCE, _AT_ONCE_PLACE, _AT_ONCE_ACCOUNT = 16, 4, 8
#: How often due deliveries are looked for without a `wake`.
_LOOK_EVERY_S = 30.0
_TIDY_EVERY_S = 3600.0
#: The wait after a database error.
_STORE_REST_S = 5.0
#: How long `stop` waits for attempts under way; those that take longer are made again at the next start.
_STOP_S = 2.0
_DAY_MS = 24 * 3600 * 1000
_ANSWER_BYTES = 1 << 16

_log = logging.getLogger(__name__)


def allowed_for(account_id: str, allowed: Allowed) -> Allowed:
    """The addresses that this account's webhooks may go to; `allowed` is that of the settings."""
    return ANYWHERE if account_id == OWNER else allowed


def account_secret(server_secret: str, account_id: str) -> str:
    """The secret that signs an account's callbacks as long as it has no endpoint with a secret of its own."""
    return hmac.new(server_secret.encode(), f"webhooks\n{account_id}".encode(), hashlib.sha256).hexdigest()


def signature(secret: str, body: bytes) -> str:
    """The HMAC-SHA256 of a body's bytes, hex."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Deliverer:
    """Sends the deliveries that are due, from `start` to `stop`; each attempt in a thread of its own.

    `sign` makes a signed URL of a base URL and an object's key; `secret_of` gives an account's own secret.
    """

    def __init__(
        self,
        webhooks: Webhooks,
        *,
        sign: Callable[[str, str], str],
        secret_of: Callable[[str], str],
        public_url: str | None = None,
        allowed: Allowed = PUBLIC,
        schedule_s: Sequence[float] = SCHEDULE_S,
    ) -> None:
        self._webhooks = webhooks
        self._sign = sign
        self._secret_of = secret_of
        self._public_url = public_url
        self._allowed = allowed
        self._schedule_s = schedule_s
        self._tls = tls()
        self._stopping = threading.Event()
        self._wake = threading.Event()
        #: The deliveries with an attempt under way, by thread; guarded by the lock.
        self._under_way: dict[threading.Thread, Delivery] = {}
        self._lock = threading.Lock()
        #: Whether results come too late to be recorded: `stop` returns, and the store may be closed.
        self._abandoned = False
        self._dispatcher = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin to send, with the deliveries that an earlier process left."""
        self._dispatcher.start()

    def wake(self) -> None:
        """Look for due deliveries now."""
        self._wake.set()

    def stop(self) -> None:
        """Begin no more attempts, and wait _STOP_S for those under way; later ones are made again at the next start."""
        self._stopping.set()
        self._wake.set()
        if self._dispatcher.is_alive():
            self._dispatcher.join()
        deadline = time.monotonic() + _STOP_S
        with self._lock:
            threads = list(self._under_way)
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._abandoned = True

    def _run(self) -> None:
        tidied_s = -_TIDY_EVERY_S
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                if time.monotonic() - tidied_s >= _TIDY_EVERY_S:
                    self._webhooks.tidy(now_ms() - LOG_DAYS * _DAY_MS)
                    tidied_s = time.monotonic()
                wait_s = self._begin_due()
            except Exception as error:
                _log.warning("webhooks could not be looked after: %s", error, exc_info=_unexpected(error))
                self._stopping.wait(_STORE_REST_S)
                continue
            self._wake.wait(wait_s)

    def _begin_due(self) -> float:
        """Begin the attempts that are due, as far as the limits allow; gives the seconds until the next look."""
        now = now_ms()
        while (free := _AT_ONCE - len(self._under_way)) and not self._stopping.is_set():
            due = self._webhooks.due(now, free, self._busy())
            if not due:
                break
            for delivery in due:
                busy = self._busy()
                if delivery.account_id not in busy.accounts and place(delivery.url) not in busy.places:
                    self._begin(delivery)
        next_ms = self._webhooks.next_ms(now)
        return _LOOK_EVERY_S if next_ms is None else min(_LOOK_EVERY_S, max(0, next_ms - now_ms()) / 1000)

    def _busy(self) -> Busy:
        with self._lock:
            under_way = list(self._under_way.values())
        accounts = Counter(delivery.account_id for delivery in under_way)
        places = Counter(place(delivery.url) for delivery in under_way)
        return Busy(
            deliveries=frozenset(delivery.id for delivery in under_way),
            accounts=frozenset(name for name, count in accounts.items() if count >= _AT_ONCE_ACCOUNT),
            places=frozenset(name for name, count in places.items() if count >= _AT_ONCE_PLACE),
        )

    def _begin(self, delivery: Delivery) -> None:
        thread = threading.Thread(target=self._try, args=(delivery,), name="webhook", daemon=True)
        with self._lock:
            self._under_way[thread] = delivery
        thread.start()

    def _try(self, delivery: Delivery) -> None:
        try:
            at_ms = now_ms()
            status, error = self._send(delivery)
            self._note(delivery, Attempt(len(delivery.attempts) + 1, at_ms, status, error))
        except Exception as error:
            # The attempt may have succeeded, but that is not recorded: it will be made again, after a wait.
            _log.warning(
                "the attempt of webhook %s was not written down: %s", delivery.id, error, exc_info=_unexpected(error)
            )
            self._stopping.wait(_STORE_REST_S)
        finally:
            with self._lock:
                del self._under_way[threading.current_thread()]
            self._wake.set()

    def _note(self, delivery: Delivery, attempt: Attempt) -> None:
        """Record how an attempt went, and when the next one is. Raises StoreError."""
        state, next_ms = "failed", None
        if attempt.status is not None and 200 <= attempt.status < 300:
            state = "delivered"
        elif attempt.number <= len(self._schedule_s):
            state, next_ms = "waiting", now_ms() + round(1000 * self._schedule_s[attempt.number - 1])
        if self._abandoned:
            return
        self._webhooks.record_attempt(delivery.id, attempt, state, next_ms)
        if state == "failed":
            _log.warning(
                "video %s: the webhook %s was given up after %d attempts, the last: %s",
                delivery.video_id, delivery.id, attempt.number, attempt.error or f"answer {attempt.status}",
            )  # fmt: skip

    def _send(self, delivery: Delivery) -> tuple[int | None, str | None]:
        """Make one attempt; gives the answer's status, or None and why there is no answer. Raises nothing."""
        if problem := url_problem(delivery.url):
            return None, f"the URL cannot be used: {problem}."
        try:
            return self._post(delivery), None
        except AddressRefused as error:
            return None, f"its address {error.address} is not public."
        except HostUnknown:
            return None, "its host is not known."
        except (httpcore.TimeoutException, TimeoutError):
            return None, f"there was no answer within {TIMEOUT_S:g} seconds."
        except httpcore.ConnectError as error:
            if certificate_refused(error):
                return None, "its certificate is not valid."
            return None, "it cannot be reached."
        except (httpcore.NetworkError, httpcore.ProtocolError):
            return None, "it broke off or gave no valid answer."
        except Exception:
            _log.exception("the webhook %s failed unexpectedly", delivery.id)
            return None, "an unexpected error; the server's log has the details."

    def _post(self, delivery: Delivery) -> int:
        """Post the event; gives the answer's status. Redirects are not followed."""
        # Written as JavaScript's JSON.stringify does, because many receivers check the signature of a body that they
        # have parsed and written again.
        content = payload(delivery, urls_in(delivery, self._sign, self._public_url))
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        signed = signature(delivery.secret or self._secret_of(delivery.account_id), body)
        headers: dict[bytes | str, bytes | str] = {
            "Host": host_header(delivery.url),
            "User-Agent": USER_AGENT,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
            "X-HeyGen-Signature": signed,
            "Signature": signed,
            "Heygen-Signature": signed,
            "Heygen-Timestamp": str(int(time.time())),
            "X-HeyGen-Event-Id": delivery.event_id,
            "Heygen-Event-Id": delivery.event_id,
        }
        deadline = time.monotonic() + TIMEOUT_S
        network = CheckedNetwork(allowed_for(delivery.account_id, self._allowed), deadline)
        waits = {"timeout": timeouts(deadline)}
        with (
            httpcore.ConnectionPool(ssl_context=self._tls, network_backend=network) as pool,
            pool.stream("POST", wire_url(delivery.url), headers=headers, content=body, extensions=waits) as answer,
        ):
            _hear_out(answer)
            return answer.status


def urls_in(delivery: Delivery, sign: Callable[[str, str], str], public_url: str | None) -> Callable[[str], str | None]:
    """A function from a fact's name to a URL: of its object, good for seven days from now, or of the share page.

    `sign` makes a signed URL of a base URL and an object's key.
    """
    base_url = cast("str | None", delivery.facts.get("base_url")) or public_url

    def url(fact: str) -> str | None:
        key = cast("str | None", delivery.facts.get(fact))
        if not key or not base_url:
            return None
        return f"{base_url}/share/{key}" if fact == "share_token" else sign(base_url, key)

    return url


def _unexpected(error: Exception) -> bool:
    return not isinstance(error, LimelightError)


def payload(delivery: Delivery, url: Callable[[str], str | None]) -> dict[str, object]:
    """The webhook's body, with every field that any source documents. `url` makes a URL of the fact of this name."""
    return {
        "event": delivery.event_type,
        "event_type": delivery.event_type,
        "event_id": delivery.event_id,
        "event_data": event_data(delivery, url),
    }


def event_data(delivery: Delivery, url: Callable[[str], str | None]) -> dict[str, object]:
    """What an event tells; `url` is that of `payload`."""
    facts = delivery.facts
    if delivery.event_type == BATCH_FINISHED:
        return dict(cast("dict[str, object]", facts["batch"]))
    data: dict[str, object] = {"video_id": delivery.video_id, "callback_id": facts.get("callback_id")}
    if delivery.event_type == SUCCEEDED:
        film = url("video_key")
        data |= {
            "url": film,
            "video_url": film,
            "thumbnail_url": url("thumbnail_key"),
            "gif_download_url": url("gif_key"),
            "captioned_video_url": url("captioned_key"),
            "video_share_page_url": url("share_token"),
            "folder_id": facts.get("folder_id"),
            "title": facts.get("title"),
            "duration": _number(facts.get("duration")),
        }
    else:
        data |= dict.fromkeys(("msg", "error", "message", "failure_message"), facts.get("message"))
        data["failure_code"] = facts.get("code")
    if warnings := facts.get("warnings"):
        data["warnings"] = warnings
    return data


def _number(value: object) -> object:
    """The value; a float without a fractional part as an integer, as JavaScript writes it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _hear_out(answer: httpcore.Response) -> None:
    """Read and discard the answer's body, up to _ANSWER_BYTES, so that the receiver can finish sending it."""
    heard = 0
    try:
        for piece in answer.iter_stream():
            heard += len(piece)
            if heard > _ANSWER_BYTES:
                return
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, TimeoutError):
        return
