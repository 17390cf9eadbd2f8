"""The one folder that an assistant may read from and write to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from limelight.errors import SpecError

_NAMES_AT_MOST = 1000


class Folder:
    """A folder below which paths are looked up; whatever leads out of it is refused, by a symbolic link too.

    Raises SpecError where `root` is no folder, or is the whole file system.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        if not self.root.is_dir():
            raise SpecError(f"folder is invalid: {root} is not a folder.")
        if self.root == self.root.parent:
            raise SpecError(f"folder is invalid: {self.root} is the whole file system; name one folder with --folder.")

    def existing(self, name: str) -> Path:
        """The file of this name, relative to the folder or absolute. Raises SpecError."""
        path = self._inside(name)
        if not path.is_file():
            raise SpecError(f"file is invalid: there is no file {name} in {self.root}.")
        return path

    @contextmanager
    def new(self, name: str, suffix: str) -> Iterator[Path]:
        """A new, empty file to be written in the with block; it is gone again where that raises.

        Where the name is taken, another is chosen: `film.mp4` becomes `film-2.mp4`. Raises SpecError for a name that
        leads out of the folder, is in a folder that is not there, or does not end with `suffix` (such as `.mp4`).
        """
        path = self._made(name, suffix)
        try:
            yield path
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def shown(self, path: Path) -> str:
        """A path below the folder, relative to it."""
        return path.relative_to(self.root).as_posix()

    def _made(self, name: str, suffix: str) -> Path:
        # The suffix is the kind's, so that what is downloaded is nothing that a shell or an interpreter would run.
        if Path(name).name in ("", ".."):
            raise SpecError(f"file is invalid: {name} is a folder.")
        named = name if Path(name).suffix else f"{name}{suffix}"
        if Path(named).suffix.lower() != suffix:
            raise SpecError(f"file is invalid: {name} must end with {suffix}.")
        path = self._inside(named)
        if not path.parent.is_dir():
            raise SpecError(f"file is invalid: {self.shown(path.parent)} is no folder in {self.root}.")
        for number in range(1, _NAMES_AT_MOST):
            free = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
            try:
                free.open("xb").close()
            except FileExistsError:
                continue
            return free
        raise SpecError(f"file is invalid: {name} is taken, and so are {_NAMES_AT_MOST} names like it.")

    def _inside(self, name: str) -> Path:
        try:
            path = (self.root / name).resolve()
        except (OSError, ValueError, RuntimeError):  # a NUL, a name too long, links that go round
            raise SpecError("file is invalid: this is no name of a file.") from None
        if path == self.root or not path.is_relative_to(self.root):
            raise SpecError(f"file is invalid: {name} is not below {self.root}, the only folder that may be used.")
        return path
