"""People cut out of pictures, while the caller waits and without an engine; kept as objects alone.

A job's id begins with the time when it was made, so that the ids of an account's jobs, sorted, are their list. It ends
with a hash of the request's own id, so that a second request of that id finds the first one's job.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from limelight.errors import StoreError
from limelight.jobs import keys
from limelight.jobs.media import UserMedia
from limelight.jobs.renders import Renders
from limelight.names import is_id
from limelight.notices import VideoWarning
from limelight.results import Layer
from limelight.store import Objects
from limelight.store.database import now_ms

#: Published last: where it is, the layers are too.
_ANSWER = "answer.json"
#: Hex digits of an id that say when it was made.
_TIME_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Removal:
    """A job that is done."""

    id: str
    account_id: str
    layers: tuple[Layer, ...]
    title: str | None
    warnings: tuple[VideoWarning, ...]
    completed_ms: int

    @property
    def created_ms(self) -> int:
        """When it was asked for."""
        return int(self.id[:_TIME_DIGITS], 16)

    def key(self, layer: Layer) -> str:
        """The key of a layer."""
        return keys.removals(self.account_id, self.id, f"{layer}.png")

    @classmethod
    def read(cls, account_id: str, job_id: str, answer: bytes) -> Self:
        """A job by what was kept of it."""
        kept: dict[str, Any] = json.loads(answer)
        warnings = tuple(VideoWarning(**warning) for warning in kept["warnings"])
        return cls(job_id, account_id, tuple(kept["layers"]), kept["title"], warnings, kept["completed_ms"])

    def written(self) -> str:
        """What is kept of it."""
        kept = {"layers": self.layers, "title": self.title, "completed_ms": self.completed_ms}
        return json.dumps({**kept, "warnings": [asdict(warning) for warning in self.warnings]})


class Removals:
    """Makes and keeps the jobs of every account. Each function raises StoreError."""

    def __init__(self, objects: Objects, renders: Renders, media: UserMedia) -> None:
        self._objects = objects
        self._renders = renders
        self._media = media

    def make(
        self,
        file: Path,
        layers: Sequence[Layer],
        account_id: str,
        *,
        title: str | None,
        request_id: str | None,
        warnings: tuple[VideoWarning, ...],
    ) -> Removal:
        """Part a picture into layers, and keep them.

        Raises MediaError, PhotoError where it shows nobody, and JobError.
        """
        job_id = f"{now_ms():0{_TIME_DIGITS}x}{_ending(account_id, request_id or uuid.uuid4().hex)}"
        with self._renders.attempt(keys.removals(account_id, job_id)) as folder:
            files = self._media.remove_background(file, layers, folder, account_id)
            job = Removal(job_id, account_id, tuple(files), title, warnings, now_ms())
            for layer, made in files.items():
                self._objects.publish(job.key(layer), made)
            answer = folder / _ANSWER
            answer.write_text(job.written())
            self._objects.publish(keys.removals(account_id, job_id, _ANSWER), answer)
        return job

    def get(self, job_id: str, account_id: str) -> Removal | None:
        """An account's job; None where it has no such job."""
        key = keys.removals(account_id, job_id, _ANSWER)
        if not is_id(job_id) or self._objects.info(key) is None:
            return None
        try:
            return Removal.read(account_id, job_id, self._objects.read(key))
        except StoreError:
            if self._objects.info(key) is None:  # It was deleted meanwhile.
                return None
            raise

    def of_request(self, request_id: str, account_id: str) -> Removal | None:
        """The job that an account's request of this id made; None where there is none."""
        ending = _ending(account_id, request_id)
        ids = [id for id in self._ids(account_id) if id.endswith(ending)]
        return self.get(ids[0], account_id) if ids else None

    def page(self, account_id: str, limit: int, before: tuple[int, str] | None) -> list[Removal]:
        """An account's jobs, newest first, at most so many: those before the job that was made then and has this id."""
        ids = sorted((id for id in self._ids(account_id) if before is None or id < before[1]), reverse=True)
        return [job for id in ids[:limit] if (job := self.get(id, account_id))]

    def delete(self, job_id: str, account_id: str) -> bool:
        """Delete an account's job and its files; says whether there was one."""
        if self.get(job_id, account_id) is None:
            return False
        self._objects.delete(keys.removals(account_id, job_id, _ANSWER))
        self._objects.delete_all(keys.removals(account_id, job_id))
        return True

    def _ids(self, account_id: str) -> list[str]:
        found = (key.split("/") for key, _ in self._objects.list(keys.removals(account_id)))
        return [parts[2] for parts in found if parts[-1] == _ANSWER]


def _ending(account_id: str, request_id: str) -> str:
    return hashlib.sha256(f"{account_id}\n{request_id}".encode()).hexdigest()[: 32 - _TIME_DIGITS]
