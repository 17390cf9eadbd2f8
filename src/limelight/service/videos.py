"""Videos: submitted, listed, shared and deleted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from limelight import logs
from limelight.catalog.stand_ins import StandIns
from limelight.errors import SpecError, StoreError
from limelight.jobs.admission import Admission
from limelight.jobs.media import UserMedia
from limelight.names import is_id
from limelight.network.connect import Allowed
from limelight.requests import GenerateRequest, parse_av4, parse_create, parse_generate, parse_webm
from limelight.requests.agent import AgentRequest, parse_agent
from limelight.requests.known import Known
from limelight.requests.prompt import plan
from limelight.requests.stand_ins import with_stand_ins
from limelight.requests.v3.agents import parse_agent_session
from limelight.requests.v3.videos import parse_video
from limelight.requests.webhooks import check_webhook_url
from limelight.requests.wire import at, invalid
from limelight.service.accounts import estimated_seconds
from limelight.service.caller import Caller, known_of
from limelight.service.deliveries import allowed_for
from limelight.service.settings import Settings
from limelight.service.uploads import Uploads
from limelight.store import NewVideo, Store
from limelight.store import Video as Video

#: Where a page of a list begins: after the item that was created at this time (milliseconds since 1970) with this id.
Place = tuple[int, str]

_log = logging.getLogger(__name__)


class Videos:
    """The videos of a server. Every function raises StoreError; those that submit one, SpecError and its subclasses."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        media: UserMedia,
        admission: Admission,
        uploads: Uploads,
        stand_ins: StandIns,
    ) -> None:
        self._settings = settings
        self._store = store
        self._uploads = uploads
        self._stand_ins = stand_ins
        self._media = media
        self._admission = admission

    def generate(self, body: object, caller: Caller, base_url: str) -> Video:
        """Keep and queue the video that a body of POST /v2/video/generate asks for."""
        return self._ask(parse_generate, body, caller, base_url)

    def generate_webm(self, body: object, caller: Caller, base_url: str) -> Video:
        """Keep and queue a transparent video."""
        return self._ask(parse_webm, body, caller, base_url)

    def generate_plain(self, body: object, caller: Caller, base_url: str) -> Video:
        """Keep and queue a video of one presenter, which the body describes in plain fields."""
        return self._ask(parse_create, body, caller, base_url)

    def generate_av4(self, body: object, caller: Caller, base_url: str) -> Video:
        """Keep and queue a video of one photo."""
        return self._ask(parse_av4, body, caller, base_url)

    def generate_v3(self, body: object, caller: Caller, base_url: str) -> Video:
        """Keep and queue the video that a body of POST /v3/videos asks for."""
        # Inline files of a video that is kept stay, whatever happens then.
        with self._uploads.inline(body, caller):
            parsed = self._parsed(parse_video, body, caller)
            video = self._store.videos.create(self._new(parsed, body, caller, base_url))
        self.queue([video], caller)
        return video

    def generate_from_prompt(self, body: object, caller: Caller, base_url: str) -> Video:
        """Keep and queue a video of a prompt's text, divided into scenes."""
        video = self._from_prompt(parse_agent, body, caller, base_url)
        self.queue([video], caller)
        return video

    def generate_session(self, body: object, caller: Caller, base_url: str) -> Video:
        """The same, of a body of POST /v3/video-agents."""
        with self._uploads.inline(body, caller):
            video = self._from_prompt(parse_agent_session, body, caller, base_url)
        self.queue([video], caller)
        return video

    def _from_prompt(
        self, parse: Callable[[object, Known], AgentRequest], body: object, caller: Caller, base_url: str
    ) -> Video:
        """Keep a video of a prompt; it is not queued yet."""
        known = known_of(self._store, caller.account)
        body, substituted = with_stand_ins(body, known, self._stand_ins)
        asked = parse(body, known)
        planned = plan(
            asked.prompt,
            duration_s=asked.duration_s,
            orientation=asked.orientation,
            avatar_id=asked.avatar_id,
            photo_id=asked.photo_id,
            voice_id=asked.voice_id,
            outfit=asked.outfit,
            backgrounds=asked.backgrounds,
        )
        planned |= {"callback_id": asked.callback_id, "callback_url": asked.callback_url, "consent": asked.consent}
        planned |= {"words": [word.model_dump(exclude_none=True) for word in asked.words]}
        with at("prompt"):
            parsed = parse_generate(planned, known)
        # The caller did not write the plan's fields, so warnings name the one that it did.
        warnings = (*(replace(warning, field="prompt") for warning in parsed.warnings), *substituted)
        new = self._new(replace(parsed, warnings=warnings), planned, caller, base_url, asked.prompt)
        return self._store.videos.create(new)

    def parse(self, body: object, caller: Caller) -> GenerateRequest:
        """What a body of POST /v2/video/generate asks for. Raises SpecError."""
        return self._parsed(parse_generate, body, caller)

    def submit(self, request: GenerateRequest, body: object, caller: Caller, base_url: str) -> Video:
        """Keep and queue a video. Raises SpecError, also InsufficientCredit."""
        video = self._store.videos.create(self._new(request, body, caller, base_url))
        self.queue([video], caller)
        return video

    def new_v3(self, body: object, caller: Caller, base_url: str) -> NewVideo:
        """The video that a body of POST /v3/videos asks for, not kept yet. Raises SpecError."""
        with self._uploads.inline(body, caller):
            return self._new(self._parsed(parse_video, body, caller), body, caller, base_url)

    def queue(self, videos: Sequence[Video], caller: Caller) -> None:
        """Queue videos that were kept."""
        for video in videos:
            logs.note(video_id=video.id)
            try:
                self._media.keep_photos(video.id, video.spec, caller.id)
            except StoreError as error:  # the render uses the uploads themselves, as long as they are there
                _log.warning("video %s has no copy of its photos: %s", video.id, error.message)
        self._admission.admit()

    def _new(
        self, request: GenerateRequest, body: object, caller: Caller, base_url: str, prompt: str | None = None
    ) -> NewVideo:
        check_webhook_url(request.callback_url, "callback_url", self.webhooks_allowed(caller))
        self._check_consent(request, caller)
        return NewVideo(
            spec=request.spec,
            body=body,
            title=request.title,
            test=request.test,
            callback_id=request.callback_id,
            callback_url=request.callback_url,
            folder_id=request.folder_id,
            prompt=prompt,
            account_id=caller.id,
            reserved_s=0 if request.test else estimated_seconds(request.spec),
            base_url=base_url,
            warnings=request.warnings,
        )

    def get(self, video_id: str, caller: Caller) -> Video | None:
        """The caller's video, or None where it has none of this id."""
        return self._store.videos.get(video_id, caller.id) if is_id(video_id) else None

    def page(self, caller: Caller, limit: int, before: Place | None, folder_id: str, title: str) -> list[Video]:
        """The caller's videos, newest first; filtered by folder and part of the title."""
        return self._store.videos.page(caller.id, limit, before=before, folder_id=folder_id, title=title)

    def session(self, session_id: str, caller: Caller) -> Video | None:
        """The caller's video that was made of a prompt, by its session's id, which is its own; None where there is
        none."""
        video = self.get(session_id, caller)
        return video if video and video.prompt is not None else None

    def sessions(self, caller: Caller, limit: int, before: Place | None) -> list[Video]:
        """The caller's videos that were made of prompts, newest first."""
        return self._store.videos.page(caller.id, limit, before=before, prompted=True)

    def delete(self, video_id: str, caller: Caller) -> bool:
        """Delete the caller's video, and stop its render where one runs; says whether there was one."""
        return is_id(video_id) and self._admission.cancel(video_id, caller.id)

    def share(self, video_id: str, caller: Caller) -> str | None:
        """The token of the public page of the caller's video; None where it has none of this id."""
        return self._store.videos.share(video_id) if self.get(video_id, caller) else None

    def shared(self, token: str) -> Video | None:
        """The video whose public page has this token, or None."""
        return self._store.videos.shared(token) if is_id(token) else None

    def _ask(
        self, parse: Callable[[object, Known], GenerateRequest], body: object, caller: Caller, base_url: str
    ) -> Video:
        return self.submit(self._parsed(parse, body, caller), body, caller, base_url)

    def _parsed(
        self, parse: Callable[[object, Known], GenerateRequest], body: object, caller: Caller
    ) -> GenerateRequest:
        known = known_of(self._store, caller.account)
        body, substituted = with_stand_ins(body, known, self._stand_ins)
        request = parse(body, known)
        return replace(request, warnings=(*request.warnings, *substituted))

    def webhooks_allowed(self, caller: Caller) -> Allowed:
        """Where the caller's webhooks may go."""
        return allowed_for(caller.id, self._settings.fetch_allow)

    def _check_consent(self, request: GenerateRequest, caller: Caller) -> None:
        """Raise SpecError where a likeness is used without the statement that the server requires."""
        if not self._settings.require_consent or request.consent:
            return
        for picture in (picture for scene in request.spec.scenes for picture in scene.pictures):
            if not (picture.asset_id and self._store.photos.consented(picture.asset_id, caller.id)):
                raise consent_missing("consent true")


def consent_missing(how: str) -> SpecError:
    """The error where a likeness is used without the statement; `how` says what a client would send to state it."""
    return invalid(
        "consent", f"field required: state with {how} that you may use the likeness of the person in the photo"
    )
