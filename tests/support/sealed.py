"""Runs a program that the kernel kills when it makes a socket, as those that it starts: no look-up, no connection.

`python sealed.py PROGRAM ARGUMENT …`. A seccomp filter needs no rights and sees native code too. Pairs of sockets, with
which event loops wake themselves, reach nobody and are let through.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from pathlib import Path

#: The kernel's names of machine and system call: AUDIT_ARCH_*, __NR_socket.
_CALLS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_KILL_PROCESS, _ALLOW = 0x80000000, 0x7FFF0000
_LOAD, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ARCH_OFFSET, _NUMBER_OFFSET = 4, 0


def why_not() -> str | None:
    """What keeps this machine from sealing programs, or None."""
    if sys.platform != "linux" or platform.machine() not in _CALLS:
        return f"no seccomp filter for {sys.platform} on {platform.machine()} is known here"
    status = Path("/proc/self/status").read_text()
    return None if "\nSeccomp:" in status else "this kernel has no seccomp filters"


def seal() -> None:
    """From here on, a socket is the end of this process and of those that it starts."""
    arch, socket = _CALLS[platform.machine()]
    instructions = (
        (_LOAD, 0, 0, _ARCH_OFFSET),
        (_IF_EQUAL, 0, 2, arch),
        (_LOAD, 0, 0, _NUMBER_OFFSET),
        (_IF_EQUAL, 0, 1, socket),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_RETURN, 0, 0, _ALLOW),
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in instructions))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(instructions), ctypes.addressof(code)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    for call in ((_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, program, 0, 0)):
        if prctl(*call):
            raise OSError(ctypes.get_errno(), "the seccomp filter was refused")


if __name__ == "__main__":
    seal()
    os.execvp(sys.argv[1], sys.argv[1:])
