"""A process's own memory: what it takes, and giving back what it does not need."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from contextlib import suppress
from pathlib import Path


def give_back(*, after_error: bool = False) -> None:
    """Return to the system what is not needed any more."""
    if after_error:
        gc.collect()  # the error's frames, and with them their files and pictures, may hang on each other
    if sys.platform == "linux":
        # The GNU C library keeps what is freed; others have no malloc_trim.
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def resident_bytes() -> int:
    """How much of this process is in memory; on macOS at most so far, and 0 where the system does not say."""
    held = 0
    if sys.platform == "linux":
        held = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    elif sys.platform != "win32":
        import resource

        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held
