"""Templates: request bodies with placeholders, kept under an id, which later requests fill."""

from __future__ import annotations

from limelight.names import is_id
from limelight.requests.placeholders import check, fill, variables_from_rows
from limelight.requests.templates import merged, parse_template, parse_use
from limelight.service.caller import Caller
from limelight.service.missing import NotFound
from limelight.service.videos import Place, Videos
from limelight.store import Store, Video
from limelight.store.templates import Template


class Templates:
    """The templates of a server. Every function raises StoreError; those that name one raise NotFound."""

    def __init__(self, store: Store, videos: Videos) -> None:
        self._store = store
        self._videos = videos

    def all(self, caller: Caller) -> list[Template]:
        """The caller's templates, newest first."""
        return self._store.templates.all(caller.id)

    def page(self, caller: Caller, limit: int, before: Place | None) -> list[Template]:
        """The caller's templates, newest first."""
        return self._store.templates.page(caller.id, limit, before=before)

    def get(self, template_id: str, caller: Caller) -> Template:
        """One template of the caller."""
        template = self._store.templates.get(template_id, caller.id) if is_id(template_id) else None
        if template is None:
            raise _not_found(template_id)
        return template

    def create(self, body: object, caller: Caller) -> Template:
        """Keep a template, after a check with defaults and examples in its placeholders. Raises SpecError."""
        spec = parse_template(body, whole=True)
        assert spec.name is not None and spec.body is not None and spec.variables is not None
        check(spec.body, spec.variables, lambda filled: self._videos.parse(filled, caller))
        return self._store.templates.create(caller.id, spec.name, spec.body, spec.rows() or {})

    def change(self, template_id: str, body: object, caller: Caller, *, whole: bool) -> Template:
        """Replace a template (`whole`), or change a part of it. Raises SpecError."""
        template = self.get(template_id, caller)
        spec = parse_template(body, whole=whole)
        variables = variables_from_rows(template.variables) if spec.variables is None else spec.variables
        new = template.body if spec.body is None else spec.body
        check(new, variables, lambda filled: self._videos.parse(filled, caller))
        changed = self._store.templates.change(
            template_id, caller.id, name=spec.name, body=spec.body, variables=spec.rows()
        )
        if changed is None:
            raise _not_found(template_id)
        return changed

    def delete(self, template_id: str, caller: Caller) -> None:
        """Delete a template. Videos that were made from it stay."""
        if not is_id(template_id) or not self._store.templates.delete(template_id, caller.id):
            raise _not_found(template_id)

    def generate(self, template_id: str, body: object, caller: Caller, base_url: str) -> Video:
        """Keep and queue a video: the template with its placeholders filled. Raises SpecError and its subclasses."""
        template = self.get(template_id, caller)
        variables = variables_from_rows(template.variables)
        use = parse_use(body, variables)
        filled = fill(merged(template.body, use.fields, template.name), variables, use.values, use.scene_ids)
        video = self._videos.submit(self._videos.parse(filled, caller), filled, caller, base_url)
        if use.share:
            self._videos.share(video.id, caller)
        return video


def _not_found(template_id: str) -> NotFound:
    return NotFound(f"template {template_id[:64]} not found.")
