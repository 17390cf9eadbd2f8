"""Rate limits: a token bucket for each key, in memory, refilled evenly.

Polls of a video's status take their tokens from a bucket of their own for each video: a client may poll any number of
videos once a second each.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

#: The default: far more than a client needs.
RATE_PER_MINUTE = 1200
#: Polls of one video's status that are always allowed, however low the other rate: twice the quickest client's.
_POLLS_PER_MINUTE = 120
#: Full buckets are dropped when there are more buckets than this.
_BUCKETS_KEPT = 10_000


class Limits:
    """The buckets of a server. A full bucket holds the tokens of a minute, which may be used at once."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`per_minute` 0 means no limit; `clock` gives seconds."""
        self._per_minute = per_minute
        self._clock = clock
        #: Each bucket's tokens, and the clock's seconds at that time, by key and video id ("" for other requests).
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, key: str, video_id: str | None = None) -> int:
        """Take a token for a request of this key, or for its poll of this video; gives 0, or the seconds to wait where
        there is none.

        A request that has to wait takes no token.
        """
        if self._per_minute == 0:
            return 0
        size = float(max(self._per_minute, _POLLS_PER_MINUTE) if video_id else self._per_minute)
        now = self._clock()
        with self._lock:
            held, at = self._buckets.get((key, video_id or ""), (size, now))
            held = min(size, held + (now - at) * size / 60)
            if held < 1:
                return math.ceil((1 - held) * 60 / size)
            self._buckets[key, video_id or ""] = (held - 1, now)
            if len(self._buckets) > _BUCKETS_KEPT:
                self._forget_full(now)
        return 0

    def _forget_full(self, now: float) -> None:
        """Drop full buckets: after a minute without a request a bucket is full, whatever its size."""
        self._buckets = {bucket: state for bucket, state in self._buckets.items() if now - state[1] < 60}
