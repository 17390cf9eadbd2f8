"""How many requests a key may send: a bucket of tokens for each, in memory, refilled evenly.

A poll of a video's status takes from a bucket of that video's own: however many videos a client waits for, asking for
each once a second is never too often.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

#: Far above what a client needs.
RATE_PER_MINUTE = 1200
#: Of one video's status, however low the other rate is set: twice what the quickest client asks.
_POLLS_PER_MINUTE = 120
#: Buckets that are full again are forgotten when there are more than this.
_BUCKETS_KEPT = 10_000


class Limits:
    """The buckets of a server. A bucket holds a minute's requests, which may come at once."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`per_minute` 0 is without limit; `clock` gives seconds."""
        self._per_minute = per_minute
        self._clock = clock
        #: What was in each, and when.
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, key: str, video_id: str | None = None) -> int:
        """Count a request of this key, or a poll of this video by it; 0, or the seconds to wait where it is too many.

        A request that is too many does not count.
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
        """A bucket is full after a minute without a request, whatever its size."""
        self._buckets = {bucket: state for bucket, state in self._buckets.items() if now - state[1] < 60}
