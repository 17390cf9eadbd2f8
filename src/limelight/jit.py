"""Compiles the few loops that NumPy and OpenCV have no function for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

_F = TypeVar("_F", bound=Callable[..., object])


def jit(function: _F) -> _F:
    """Compile at the first call, without the GIL; numba caches the machine code on disk where it can write.

    A division by zero gives what NumPy gives: a check for it would keep loops from becoming vector instructions.
    """
    try:
        return cast(_F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))
    except RuntimeError:  # no writable cache folder: compile in every process
        return cast(_F, numba.njit(nogil=True, error_model="numpy")(function))
