"""Windows has no `fcntl`, `resource` or `prctl`: everything is imported all the same, and does without."""

import json
import subprocess
import sys
import textwrap

#: Makes a process see what Windows lacks. A module `msvcrt` is there instead, which notes what it locks.
WITHOUT = """
import ctypes, importlib, json, multiprocessing, os, pkgutil, signal, subprocess, sys, types

GONE = {"fcntl", "grp", "pwd", "resource", "termios"}

class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name in GONE:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

for name in GONE:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Nowhere())
for name in ("geteuid", "getuid", "nice", "sched_getaffinity", "statvfs", "sysconf"):
    delattr(os, name)

held = set()

def locking(descriptor, mode, size):
    file = os.fstat(descriptor).st_ino
    if file in held:
        raise OSError("locked")
    held.add(file)

sys.modules["msvcrt"] = types.SimpleNamespace(LK_NBLCK=2, locking=locking)
library = ctypes.CDLL

class Library:
    def __init__(self, *arguments, **named):
        self._library = library(*arguments, **named)

    def __getattr__(self, name):
        if name == "prctl":
            raise AttributeError(name)
        return getattr(self._library, name)

ctypes.CDLL = Library
"""


def test_every_module_is_imported_a_folder_is_locked_and_the_doctor_looks_at_the_memory(tmp_path) -> None:
    code = """
    from pathlib import Path
    import limelight

    failed, count = {}, 0
    for module in pkgutil.walk_packages(limelight.__path__, "limelight."):
        if not module.name.endswith("__main__") and ".migrations." not in module.name:
            count += 1
            try:
                importlib.import_module(module.name)
            except ImportError as error:
                failed[module.name] = str(error)
    assert count > 200

    from limelight.cli import checks
    from limelight.errors import StoreError
    from limelight.store.lock import FolderLock

    first = FolderLock(Path(sys.argv[1]))
    try:
        FolderLock(Path(sys.argv[1]))
    except StoreError as error:
        locked = error.code
    exists = Path.exists
    Path.exists = lambda path: path.name != "meminfo" and exists(path)
    print(json.dumps([failed, locked, checks._memory().state, checks._memory().text]))
    """
    # These ask the system's name what to import.
    code = f"import mcp.client.stdio, platformdirs.unix\n{WITHOUT}{textwrap.dedent(code)}"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    failed, locked, state, memory = json.loads(done.stdout.splitlines()[-1])
    assert failed == {}
    assert locked == "data_folder_in_use"
    assert (state, "does not say" in memory) == ("ok", True)


def test_a_child_that_has_no_prctl_ends_with_its_input() -> None:
    code = """
    import sys
    from limelight.jobs import child

    print(json.dumps("lives"), flush=True)
    sys.argv[1:] = [str(os.getppid())]
    child.main()
    """
    with subprocess.Popen(
        [sys.executable, "-c", WITHOUT + textwrap.dedent(code)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == b'"lives"\n'
        process.stdin.close()
        assert process.wait(timeout=60) == 1
