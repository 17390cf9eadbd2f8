"""The server's settings: a data folder, and a few environment variables, which docs/operations.md lists."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from limelight import logs
from limelight.errors import JobError
from limelight.jobs.renders import DEFAULT_RENDERER
from limelight.jobs.segments import SEGMENT_DAYS
from limelight.lettering.families import check_own_fonts
from limelight.media.credentials import Credentials
from limelight.network.connect import PUBLIC, Allowed, url_problem
from limelight.service.deliveries import SCHEDULE_S
from limelight.store.accounts import ErrorStyle as ErrorStyle

_LONGEST_DELAY_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Settings:
    """One server's settings; None means that the comment's default applies."""

    data_dir: Path
    #: LIMELIGHT_API_KEY; made and kept in the data folder if absent
    api_key: str | None = None
    #: LIMELIGHT_PUBLIC_URL, without a slash at its end; the request's Host if absent
    public_url: str | None = None
    #: LIMELIGHT_DATABASE_URL; SQLite files in the data folder if absent
    database_url: str | None = None
    #: LIMELIGHT_WORKERS: how many renders run at once
    workers: int = 1
    #: LIMELIGHT_RENDERER: `module` or `module:object`, see `jobs.child`
    renderer: str = DEFAULT_RENDERER
    #: LIMELIGHT_V2_ERROR_STYLE: how `error` of v2 is written, for keys without a style of their own
    v2_error_style: ErrorStyle = "string"
    #: LIMELIGHT_RATE_PER_MINUTE: requests of one key, 0 for no limit; None: a default, no limit for the owner
    rate_per_minute: int | None = None
    #: LIMELIGHT_SEGMENT_DAYS: how long finished scenes are kept for reuse
    segment_days: float = SEGMENT_DAYS
    #: LIMELIGHT_WEBHOOK_SCHEDULE: the waits from each failed attempt to its retry
    webhook_schedule_s: tuple[float, ...] = SCHEDULE_S
    #: LIMELIGHT_REQUIRE_CONSENT: whether talking photos need the statement that the likeness may be used
    require_consent: bool = False
    #: LIMELIGHT_SUBSTITUTE: whether unknown ids that look like HeyGen's have stand-ins
    substitute: bool = False
    #: LIMELIGHT_OWN_CAST: whether the presenters count among every account's own groups
    own_cast: bool = False
    #: LIMELIGHT_FETCH_ALLOW: hosts and networks that users' URLs and webhooks may name although they are not public
    fetch_allow: Allowed = PUBLIC

    @classmethod
    def from_environment(cls, data_dir: Path, environment: Mapping[str, str]) -> Settings:
        """Read the settings from these variables; empty ones count as absent. Raises LimelightError for a wrong one."""
        workers = environment.get("LIMELIGHT_WORKERS") or "1"
        if not workers.isdecimal() or int(workers) < 1:
            raise JobError(f"LIMELIGHT_WORKERS must be a whole number from 1, not {workers!r}.", code="bad_setting")
        # Only renders use credentials and fonts, from the same environment; errors should show at the start.
        Credentials.from_environment(environment)
        check_own_fonts(environment)
        logs.style_of(environment)
        return cls(
            data_dir=data_dir.absolute(),
            api_key=environment.get("LIMELIGHT_API_KEY") or None,
            public_url=_public_url(environment.get("LIMELIGHT_PUBLIC_URL")),
            database_url=_database_url(environment.get("LIMELIGHT_DATABASE_URL")),
            workers=int(workers),
            renderer=environment.get("LIMELIGHT_RENDERER") or DEFAULT_RENDERER,
            v2_error_style=_error_style(environment.get("LIMELIGHT_V2_ERROR_STYLE")),
            rate_per_minute=_rate(environment.get("LIMELIGHT_RATE_PER_MINUTE")),
            segment_days=_days(environment.get("LIMELIGHT_SEGMENT_DAYS")),
            webhook_schedule_s=_schedule(environment.get("LIMELIGHT_WEBHOOK_SCHEDULE")),
            require_consent=_switch("LIMELIGHT_REQUIRE_CONSENT", environment),
            substitute=_switch("LIMELIGHT_SUBSTITUTE", environment),
            own_cast=_switch("LIMELIGHT_OWN_CAST", environment),
            fetch_allow=Allowed.parse(environment.get("LIMELIGHT_FETCH_ALLOW")),
        )

    @property
    def store_url(self) -> str:
        """The URL of the store's database."""
        return self.database_url or f"sqlite:///{self.data_dir / 'limelight.db'}"

    @property
    def jobs_url(self) -> str:
        """The URL of the engine's database."""
        return self.database_url or f"sqlite:///{self.data_dir / 'jobs.db'}"


def _public_url(value: str | None) -> str | None:
    """The public URL. The error says what is wrong but does not repeat the value, which may have a password."""
    if not value:
        return None
    problem = url_problem(value) or ("it has a query or a fragment" if "?" in value or "#" in value else None)
    if problem:
        raise JobError(f"LIMELIGHT_PUBLIC_URL must be like https://films.example: {problem}.", code="bad_setting")
    return value.rstrip("/")


def _database_url(value: str | None) -> str | None:
    """The database's URL. The error does not repeat the value, which may have a password."""
    if not value:
        return None
    try:
        if make_url(value).get_backend_name() == "postgresql":
            return value
    except (ArgumentError, ValueError):
        pass
    raise JobError("LIMELIGHT_DATABASE_URL must be like postgresql://user:password@host/name.", code="bad_setting")


def _error_style(value: str | None) -> ErrorStyle:
    match value or "string":
        case "string" | "object" as style:
            return style
    raise JobError(f"LIMELIGHT_V2_ERROR_STYLE must be string or object, not {value!r}.", code="bad_setting")


def _switch(name: str, environment: Mapping[str, str]) -> bool:
    match (environment.get(name) or "false").lower():
        case "true" | "1" | "yes" | "on":
            return True
        case "false" | "0" | "no" | "off":
            return False
    raise JobError(f"{name} must be true or false, not {environment[name]!r}.", code="bad_setting")


def _rate(value: str | None) -> int | None:
    if value and not value.isdecimal():
        raise JobError(f"LIMELIGHT_RATE_PER_MINUTE must be a whole number from 0, not {value!r}.", code="bad_setting")
    return int(value) if value else None


def _schedule(value: str | None) -> tuple[float, ...]:
    try:
        delays_s = tuple(float(part) for part in value.split(",")) if value else SCHEDULE_S
    except ValueError:
        delays_s = (math.nan,)
    if not all(0 <= delay_s <= _LONGEST_DELAY_S for delay_s in delays_s):
        problem = f"must be seconds between commas, each from 0 to {_LONGEST_DELAY_S:g}, not {value!r}"
        raise JobError(f"LIMELIGHT_WEBHOOK_SCHEDULE {problem}.", code="bad_setting")
    return delays_s


def _days(value: str | None) -> float:
    try:
        days = float(value) if value else SEGMENT_DAYS
    except ValueError:
        days = math.nan
    if not 0 <= days < math.inf:
        raise JobError(f"LIMELIGHT_SEGMENT_DAYS must be a number from 0, not {value!r}.", code="bad_setting")
    return days
