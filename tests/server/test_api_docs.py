"""The documents of the HTTP API list what there is, and nothing else: endpoints, fields, limits, errors, settings."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import cv2
import numpy as np
import pytest
from pydantic import RootModel

import limelight
import limelight.api.app  # fills DESCRIBED
from documents import DOCS, README, Row, blocks, code, page, rows, section, sections, tables, whole_section
from limelight import logs
from limelight.api.bodies import DESCRIBED
from limelight.api.errors import V1_VIDEO_NOT_FOUND, Problem
from limelight.requests.misplaced import MISPLACED
from limelight.requests.parts import SIZES
from limelight.requests.stand_ins import SUBSTITUTED
from limelight.requests.v3.videos import NOT_SUPPORTED
from limelight.requests.wire import Wire
from limelight.service.accounts import PLANS
from limelight.service.settings import Settings
from limelight.spec import Emotion, Expression, TalkingStyle
from serving import Server, body

API = page("api")
COMPATIBILITY = page("compatibility")
OPERATIONS = page("operations")
SOURCES = sorted(Path(limelight.__file__).parent.rglob("*.py"))

Operation = tuple[str, str]
METHODS = "GET|HEAD|POST|PUT|PATCH|DELETE"
#: What signs a URL is no parameter that a client fills in.
SIGNING = {"expires", "signature"}


@pytest.fixture(scope="module")
def operations(server: Server) -> dict[Operation, dict[str, Any]]:
    """What the OpenAPI document describes, by method and path."""
    paths = server.http.get("/openapi.json").json()["paths"]
    return {(method.upper(), plain(path)): one for path, methods in paths.items() for method, one in methods.items()}


# Endpoints


def plain(path: str) -> str:
    """A whole path, without what its parts are called and without a query."""
    return re.sub(r"\{[^}]*\}", "{}", path.partition("?")[0])


def endpoints(cell: str) -> list[tuple[str, str]]:
    """Methods and paths of a cell, with their queries: `GET`, `HEAD /files/{id}`. Without a method it is empty."""
    found, methods = [], list[str]()
    for span in code(cell):
        match = re.fullmatch(rf"(?:({METHODS}) ?)?(/\S*)?", span)
        if not match or not span:
            continue
        methods += [match[1]] if match[1] else []
        if match[2]:
            found += [(method, match[2]) for method in methods or [""]]
            methods = []
    return found


@dataclass(frozen=True)
class Listed:
    """An endpoint of docs/compatibility.md: by its heading, or in the first column of a table."""

    method: str
    path: str
    #: what is said of it: its row, or its section
    state: str
    #: the section that it is in
    around: str

    @property
    def operation(self) -> Operation:
        return self.method, plain(self.path)


def listed() -> list[Listed]:
    found = []
    for heading, text in sections(COMPATIBILITY):
        if match := re.fullmatch(rf"({METHODS}) (/\S+)", heading):
            found.append(Listed(match[1], match[2], text, text))
        for row in (row for table in tables(text) for row in table[1:] if table[0][0] == "endpoint"):
            found += [Listed(method, path, row[1], text) for method, path in endpoints(row[0])]
    return found


LISTED = listed()
#: Named without a method: what this server has not.
ABSENT = [one for one in LISTED if not one.method]


def test_every_endpoint_is_listed_with_its_method_and_whole_path(operations: dict[Operation, Any]) -> None:
    assert len(operations) > 70
    assert sorted(set(operations) - {one.operation for one in LISTED}) == []


def test_every_endpoint_that_is_listed_is_there(server: Server, operations: dict[Operation, Any]) -> None:
    """In the OpenAPI document, or, for the pages that show it, over HTTP."""
    beside = sorted({one.operation for one in LISTED if one.method} - set(operations))
    assert beside == [("GET", "/docs"), ("GET", "/openapi.json")]
    for method, path in beside:
        assert server.http.request(method, path).status_code == 200, path
    for path in ("/healthz", "/readyz", "/metrics"):
        assert server.http.head(path).status_code == 200, f"HEAD {path}, which docs/operations.md promises"


def test_endpoints_that_are_listed_as_absent_answer_404(server: Server, operations: dict[Operation, Any]) -> None:
    assert len(ABSENT) >= 4
    for one in ABSENT:
        assert "404" in one.state, one.path
        for method in ("GET", "POST", "DELETE"):
            assert server.http.request(method, one.path.replace("*", "x")).status_code == 404, (method, one.path)


def test_endpoints_in_the_text_of_any_document_are_there(operations: dict[Operation, Any]) -> None:
    """`POST /v1/asset takes a file`: there is no other method of it, and no other such path."""
    known = set(operations) | {("GET", "/docs"), ("GET", "/openapi.json")}
    found = []
    for document in (README, *DOCS):
        for method, path in re.findall(rf"\b({METHODS}) (/[\w./{{}}=?&-]+)", document.read_text("utf-8")):
            found.append((document.name, method, plain(path.rstrip("."))))
    assert len(found) > 100
    assert [one for one in found if one[1:] not in known] == []


def test_calls_of_curl_in_the_documents_go_to_endpoints(operations: dict[Operation, Any]) -> None:
    calls = []
    for document in (README, *DOCS):
        for block in blocks(document.read_text("utf-8"), "sh"):
            calls += re.findall(r"^curl .*?(?=\n(?! )|\Z)", block, re.MULTILINE | re.DOTALL)
    assert len(calls) >= 5
    for call in calls:
        url = re.search(r'"(?:http://127\.0\.0\.1:8080|\$URL)(/[^"?]*)', call)
        method = re.search(r"-X (\w+)", call)
        default = "POST" if re.search(r"(?<!\S)(-d|--data-binary) ", call) else "GET"
        assert url and (method[1] if method else default, url[1]) in operations, call


def test_parameters_of_queries_are_documented_and_no_others(operations: dict[Operation, Any]) -> None:
    """What is in a query has no body to be looked up in."""
    looked_at = 0
    for operation in {one.operation for one in LISTED} & set(operations):
        told = set[str]()
        parameters = operations[operation].get("parameters", [])
        real = {parameter["name"] for parameter in parameters if parameter["in"] == "query"} - SIGNING
        for one in (one for one in LISTED if one.operation == operation):
            written = set(re.findall(r"[?&](\w+)", one.path))
            assert written <= real, f"{one.method} {one.path} has {real} in its query"
            told |= written | {name for span in code(f"{one.state} {one.around}") for name in re.findall(r"\w+", span)}
        assert real <= told, f"the documents do not tell of {real - told} of {operation}"
        looked_at += len(real)
    assert looked_at > 15


# Bodies


@dataclass(frozen=True)
class Place:
    """Where a body's fields are described."""

    page: str
    heading: str
    #: of the first column of the table
    header: str = "field"
    #: what the names of its fields begin with there
    prefix: str = ""
    #: where a row of the table has all its fields in its text: what the row's first cell names
    row: str = ""
    #: bodies whose fields it has too, with spaces between them
    like: str = ""


PHOTOS = "Talking photos and photo avatars"
PLACES = {
    "GenerateBody": Place("api", "POST /v2/video/generate"),
    "DimensionBody": Place("api", "POST /v2/video/generate", prefix="dimension."),
    "CaptionBody": Place("api", "`caption` as an object", prefix="caption."),
    "CaptionStyleBody": Place("api", "`caption` as an object", prefix="caption.style."),
    "CharacterBody": Place("api", "`video_inputs[].character`"),
    "OffsetBody": Place("api", "`video_inputs[].character`", prefix="offset."),
    "VoiceBody": Place("api", "`video_inputs[].voice`"),
    "BackgroundBody": Place("api", "`video_inputs[].background`"),
    "TextBody": Place("api", "`video_inputs[].text`"),
    "PositionBody": Place("api", "`video_inputs[].text`", prefix="position."),
    "WebmBody": Place("api", "POST /v1/video.webm"),
    "CreateVideoBody": Place("compatibility", "POST /v2/videos"),
    "VoiceSettingsBody": Place("compatibility", "POST /v2/videos", row="voice_settings"),
    "CreateBackgroundBody": Place("compatibility", "POST /v2/videos", row="background", like="BackgroundBody"),
    "ShareBody": Place("compatibility", "Sharing", "endpoint", row="POST /v1/video/share"),
    "NewFolderBody": Place("compatibility", "Folders", "endpoint", row="POST /v1/folders/create"),
    "FolderNameBody": Place("compatibility", "Folders", "endpoint", row="POST /v1/folders/{id}"),
    "TemplateBody": Place("compatibility", "Templates", "endpoint", row="POST /v2/templates"),
    "TemplateGenerateBody": Place("compatibility", "Templates", "field of `generate`"),
    "VariableBody": Place("compatibility", "Templates", "field of `generate`", row="variables"),
    "PropertiesBody": Place("compatibility", "Templates", "type"),
    "AgentBody": Place("compatibility", "POST /v1/video_agent/generate"),
    "AgentConfigBody": Place("compatibility", "POST /v1/video_agent/generate", prefix="config."),
    "AgentFileBody": Place("compatibility", "POST /v1/video_agent/generate", prefix="files[]."),
    "GroupBody": Place("compatibility", PHOTOS, "endpoint", row="POST /v2/photo_avatar/avatar_group/create"),
    "LooksBody": Place("compatibility", PHOTOS, "endpoint", row="POST /v2/photo_avatar/avatar_group/add"),
    "TrainBody": Place("compatibility", PHOTOS, "endpoint", row="POST /v2/photo_avatar/train"),
    "Av4Body": Place("compatibility", PHOTOS, "endpoint", row="POST /v2/video/av4/generate"),
    "NewEndpointBody": Place("compatibility", "Webhooks", "endpoint", row="POST /v1/webhook/endpoint.add"),
    "EndpointChangeBody": Place("compatibility", "Webhooks", "endpoint", row="PATCH /v1/webhook/endpoint.update"),
    "NamedEndpointBody": Place("compatibility", "Webhooks", "endpoint", row="DELETE /v1/webhook/endpoint.delete"),
    "WordBody": Place("words", "An entry"),
    "WordsBody": Place("words", "Over HTTP", "endpoint", row="POST /v1/limelight/words", like="WordBody"),
    "SpeechBody": Place("words", "Hearing it first"),
    # v3
    "FileBody": Place("v3", "Files"),
    "V3VideoBody": Place("v3", "Every video"),
    "V3SpokenBody": Place("v3", "What is said"),
    "AvatarVideoBody": Place("v3", "POST /v3/videos", "kind", row="avatar", like="V3VideoBody V3SpokenBody"),
    "ImageVideoBody": Place("v3", "POST /v3/videos", "kind", row="image", like="V3VideoBody V3SpokenBody"),
    "StudioVideoBody": Place("v3", "POST /v3/videos", "kind", row="studio", like="V3VideoBody"),
    "SpokenSceneBody": Place("v3", "Scenes", "scene", row="avatar_video"),
    "StillSceneBody": Place("v3", "Scenes", "scene", row="image", like="V3SpokenBody"),
    "ClipSceneBody": Place("v3", "Scenes", "scene", row="video"),
    "SceneAvatarBody": Place("v3", "Scenes", "input", row="avatar", like="V3SpokenBody"),
    "SceneImageBody": Place("v3", "Scenes", "input", row="image", like="V3SpokenBody"),
    "V3VoiceSettingsBody": Place("v3", "Parts", "part", row="voice_settings"),
    "V3BackgroundBody": Place("v3", "Parts", "part", row="background", like="BackgroundBody"),
    "PlaybackBody": Place("v3", "Parts", "part", row="playback"),
    **{
        name: Place("compatibility", "v3", "endpoint", row=f"{method} /v3/{path}")
        for name, method, path in (
            ("VideoBatchBody", "POST", "videos/batches"),
            ("V3AgentBody", "POST", "video-agents"),
            ("PhotoAvatarBody", "POST", "avatars"),
            ("LookBody", "PATCH", "avatars/looks/{look_id}"),
            ("ConsentBody", "POST", "avatars/{group_id}/consent"),
            ("V3SpeechBody", "POST", "voices/speech"),
            ("BackgroundRemovalBody", "POST", "background-removals"),
            ("DirectUploadBody", "POST", "assets/direct-uploads"),
            ("UploadBatchBody", "POST", "assets/direct-uploads/batches"),
            ("CompleteUploadBody", "POST", "assets/{asset_id}/complete"),
            ("CompleteBatchBody", "POST", "assets/complete/batches"),
            ("V3EndpointBody", "POST", "webhooks/endpoints"),
            ("EndpointPatchBody", "PATCH", "webhooks/endpoints/{endpoint_id}"),
        )
    },
}


def bodies() -> dict[str, type[Wire]]:
    """Every body that a request can have, and every object in one. What others are only made of is no body."""

    def below(kind: type[Wire]) -> Iterator[type[Wire]]:
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    found = {one.__name__: one for one in below(Wire) if one.__module__.startswith("limelight.")}
    mixed_in = {base.__name__ for one in found.values() for base in one.__bases__} - set(PLACES)
    return {name: one for name, one in found.items() if name not in mixed_in}


BODIES = bodies()


def keys(kind: type[Wire]) -> dict[str, set[str]]:
    """The fields, each with the other names that it is read under."""
    found = {}
    for name, field in kind.model_fields.items():
        choices = getattr(field.validation_alias, "choices", None) or [field.validation_alias or field.alias or name]
        found[name] = {str(choice) for choice in choices}
    return found


def names(text: str) -> list[str]:
    """The fields that a text names in code: `name`, `config.avatar_id`, `{"video_id"}`, `{name, type}`.

    Values stand in brackets, or right behind their field: `fit` (`cover`, `contain`), `type` `color` or `image`.
    """
    while (shorter := re.sub(r"\((?![^()]*\balso\b)[^()]*\)", "", text)) != text:
        text = shorter
    text = re.sub(r"(`\w+`) `\w+`[^;.]*", r"\1", text)
    found = []
    for span in code(text):
        if re.fullmatch(r"[a-z]\w*(?:(?:\[\])?\.[a-z]\w*)*", span):
            found.append(span)
        elif span.startswith("{"):
            found += re.findall(r"(?<=[{,\s\"])[a-z]\w*(?=[,}\"])", span)
    return found


def table_at(place: Place) -> list[Row]:
    """The first such table of the section; what describes an answer comes behind it."""
    text = whole_section(page(place.page), place.heading)
    return next(table for table in tables(text) if table[0][0] == place.header)[1:]


def row_at(place: Place) -> Row:
    (found,) = [row for row in table_at(place) if place.row in [span.partition("?")[0] for span in code(row[0])]]
    return found


def asked_for(text: str, *, ignored: bool = False) -> str:
    """What a row says of a request, up to the answer's `data`: of what is read, or of what is ignored."""
    request = re.split(r"`data\b", text)[0]
    parts = re.split(r"[;.](?=\s|$)", request)
    return "; ".join(part for part in parts if part.rstrip().endswith("ignored") is ignored)


def ignored_at(place: Place) -> set[str]:
    """What is said to be ignored there: a body may have such a field, or not."""
    if place.row:
        return set(names(asked_for(row_at(place)[-1], ignored=True)))
    return {one for row in table_at(place) if row[-1].startswith("ignored") for one in names(row[0])}


def documented(name: str) -> set[str]:
    """The fields that the documents list for a body, apart from those that they say are ignored."""
    place = PLACES[name]
    if name == "PropertiesBody":  # a row for each type of variable, and one that stands for all
        whole = whole_section(page(place.page), place.heading)
        told = {one for row in table_at(place) for one in names(asked_for(row[1]))}
        return told | set(re.findall(r"`properties\.(\w+)`", whole))
    if place.row:
        return set(names(asked_for(row_at(place)[-1]))).union(*(documented(one) for one in place.like.split()))
    told = {one for row in table_at(place) if not row[-1].startswith("ignored") for one in names(row[0])}
    # `config.avatar_id` tells of `config` too.
    inside = [one.removeprefix(place.prefix) for one in told if one.startswith(place.prefix)]
    return {re.split(r"\W", one)[0] for one in inside}


def test_every_body_has_a_place_in_the_documents() -> None:
    """A body that is new is not overlooked, nor one that a route only describes."""
    assert len(DESCRIBED) > 15
    assert {kind for kind in DESCRIBED.values() if not issubclass(kind, RootModel)} <= set(BODIES.values())
    assert set(BODIES) - {"SceneBody"} == set(PLACES)


@pytest.mark.parametrize("name", PLACES)
def test_every_field_of_a_body_is_documented_and_no_other(name: str) -> None:
    fields, told, ignored = keys(BODIES[name]), documented(name), ignored_at(PLACES[name])
    assert sorted(one for one, also in fields.items() if not also & told and one not in ignored) == [], "not documented"
    assert sorted(told - {key for also in fields.values() for key in also}) == [], "documented, and not there"


def test_other_names_of_fields_are_documented() -> None:
    """`dimensions` for `dimension`: somewhere, for all bodies that have the field."""
    told = {one for name in PLACES for one in documented(name)}
    others = {key for kind in BODIES.values() for also in keys(kind).values() if len(also) > 1 for key in also}
    assert len(others) >= 6
    assert sorted(others - told) == []


def test_every_scene_field_has_its_table() -> None:
    headings = {
        re.sub(r"`video_inputs\[\]\.(\w+)`", r"\1", name) for name, _ in sections(API) if "video_inputs[]" in name
    }
    assert headings == set(BODIES["SceneBody"].model_fields) != set()


# Limits


WITH_LIMITS = [name for name, place in PLACES.items() if not place.row and name != "PropertiesBody"]
FIELDS = [(name, field) for name in WITH_LIMITS for field in BODIES[name].model_fields]
#: Where a field is described that is elsewhere only "as above".
ABOVE = ("GenerateBody", "CharacterBody", "VoiceBody", "WordBody")


def limits(schema: dict[str, Any]) -> Iterator[str]:
    """Every limit and choice of a field, as the documents write it."""
    for part in (schema, *schema.get("anyOf", ())):
        for key in ("minimum", "maximum", "exclusiveMinimum", "maxItems"):
            if key in part:
                yield f"{part[key]:g}"
        if part.get("minItems", 0) > 0:
            yield str(part["minItems"])
        if part.get("type") == "string" and "maxLength" in part:
            yield str(part["maxLength"])
        yield from (str(choice) for choice in part.get("enum", ()))


def field_schema(name: str, field: str) -> dict[str, Any]:
    kind = BODIES[name]
    alias = kind.model_fields[field].validation_alias
    given = getattr(alias, "choices", [alias or field])[0]
    schema: dict[str, Any] = kind.model_json_schema(by_alias=True)["properties"][given]
    return schema


def field_row(name: str, field: str) -> Row | None:
    """The one that is about the field, or, where it is an object, about what is in it."""
    place = PLACES[name]
    inside = re.compile(rf"{re.escape(place.prefix + field)}(?!\w)")
    return next((row for row in table_at(place) if any(inside.match(one) for one in names(row[0]))), None)


def missing(wanted: list[str], text: str) -> list[str]:
    """Which limits a text does not say, as whole numbers and words."""
    said = re.sub(r"(?<=\d),(?=\d{3})", "", text.replace("−", "-"))
    return [one for one in wanted if not re.search(rf"(?<![\d.\w]){re.escape(one)}(?![\w]|\.?\d)", said)]


@pytest.mark.parametrize(("name", "field"), FIELDS, ids=[f"{name}-{field}" for name, field in FIELDS])
def test_every_field_is_listed_with_its_limits(name: str, field: str) -> None:
    row = field_row(name, field)
    assert row, f"{PLACES[name].prefix}{field} has no row under {PLACES[name].heading}"
    wanted = list(limits(field_schema(name, field)))
    above = re.search(r"as above|as `\w+` above|as (?:in|of) ", " ".join(row[1:]))
    if above:
        same = [
            list(limits(field_schema(one, field))) for one in ABOVE if field in BODIES[one].model_fields and one != name
        ]
        if same:
            assert wanted in same, f"{field} has other limits than above"
            return
    # What holds for all of a kind is said once.
    told = " | ".join(row)
    told += section(API, "URLs and uploads") if "URL" in told else ""
    told += " | ".join(row[0] for row in rows(section(COMPATIBILITY, "Rules"), "rule") if PLACES[name].page != "api")
    assert missing(wanted, told) == [], row


def test_limits_are_looked_for_as_whole_numbers() -> None:
    """The judge of the test above."""
    assert missing(["5"], "0 to 50") == ["5"] and missing(["5"], "1.5") == ["5"] and missing(["5"], "5.5") == ["5"]
    assert missing(["5000", "-50", "0.5"], "1 to 5,000; −50 to 50; 0.5 to 2") == []
    assert missing(["top"], "`stop`") == ["top"] and missing(["top"], "`top`") == []


def refusal(server: Server, path: str, **changes: object) -> str:
    """What is said to a request whose field of this path is nonsense, in a scene that is else right."""
    request = body()
    scene = request["video_inputs"][0]
    scene |= {"background": {"type": "color", "value": "#ffffff"}, "text": {"text": "Words."}}
    *folders, field = path.split(".")
    place = scene if folders and folders[0] in scene else request
    for folder in folders:
        place = place.setdefault(folder, {})
    place |= {**changes, field: "nonsense"}
    answer = server.http.post("/v2/video/generate", json=request)
    assert answer.status_code == 400, answer.text
    message: str = answer.json()["message"]
    assert path in message
    return message


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("CharacterBody", "character.type"),
        ("CharacterBody", "character.avatar_style"),
        ("VoiceBody", "voice.type"),
        ("BackgroundBody", "background.type"),
        ("BackgroundBody", "background.fit"),
        ("BackgroundBody", "background.play_style"),
        ("TextBody", "text.type"),
        ("TextBody", "text.text_align"),
        ("TextBody", "text.font_weight"),
        ("GenerateBody", "caption_mode"),
        ("CaptionStyleBody", "caption.style.position"),
    ],
)
def test_choices_are_those_that_a_refusal_names(server: Server, name: str, path: str) -> None:
    """Whose value is wrong is told what is possible; the table says the same, and no more."""
    possible = re.findall(r"'(\w+)'", refusal(server, path).partition("is not one of")[2])
    row = field_row(name, path.rpartition(".")[2])
    assert row and possible
    assert sorted(code(row[1])) == sorted(possible)


@pytest.mark.parametrize("field", ["talking_photo_style", "fit"])
def test_choices_of_a_talking_photo_are_those_that_a_refusal_names(server: Server, field: str) -> None:
    picture = cv2.imencode(".png", np.zeros((64, 64, 3), np.uint8))[1].tobytes()
    photo = server.http.post("/v1/talking_photo", content=picture, headers={"Content-Type": "image/png"}).json()["data"]
    said = refusal(
        server, f"character.{field}", type="talking_photo", talking_photo_id=photo["talking_photo_id"]
    ).partition("is not one of")[2]
    row = field_row("CharacterBody", field)
    assert row and code(row[1]) == re.findall(r"'(\w+)'", said) != []


@pytest.mark.parametrize(
    ("name", "field", "words"),
    [
        ("CharacterBody", "talking_style", TalkingStyle),
        ("CharacterBody", "expression", Expression),
        ("VoiceBody", "emotion", Emotion),
    ],
)
def test_manners_are_all_listed_and_no_others(name: str, field: str, words: object) -> None:
    """A word that is not known is as absent, so no refusal would tell of it."""
    row = field_row(name, field)
    assert row and sorted(word.lower() for word in code(row[1])) == sorted(get_args(words))


def test_every_aspect_ratio_is_listed_and_no_other() -> None:
    (row,) = [row for row in table_at(PLACES["GenerateBody"]) if "aspect_ratio" in names(row[0])]
    assert set(code(row[1])) == {*SIZES, "auto"} and len(SIZES) > 5


# Errors


@functools.cache
def codes() -> dict[str, set[int]]:
    """The words of all errors in the source, each with the statuses that it is answered with by name."""
    found: dict[str, set[int]] = {}
    constants = {}
    trees = [ast.parse(file.read_text("utf-8")) for file in SOURCES if "client" not in file.parts]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    for node in nodes:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.targets[0], ast.Name)
        ):
            constants[node.targets[0].id] = node.value.value

    def add(value: ast.expr, status: ast.expr | None = None) -> None:
        word = value.value if isinstance(value, ast.Constant) else constants.get(getattr(value, "id", ""))
        if isinstance(word, str):
            number = status.value if isinstance(status, ast.Constant) else None
            found.setdefault(word, set()).update({number} if isinstance(number, int) else ())

    for node in nodes:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if getattr(target, "id", "") == "default_code":
                add(node.value)
        elif isinstance(node, ast.Dict):  # status: (code, message)
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in range(400, 600) and isinstance(value, ast.Tuple):
                    add(value.elts[0], key)
        elif isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg in ("code", "v3_code"):
                    add(keyword.value)
            if getattr(node.func, "id", "") == "Problem" and len(node.args) > 1:
                add(node.args[1], node.args[0])
    return found


#: Told on the terminal of who starts a server or a command, or in words why a further picture gives nothing.
NOT_ANSWERED = {
    "bad_setting", "data_folder_in_use", "database_empty", "database_in_use", "database_too_new", "database_too_old",
    "another_light", "another_person", "another_pose", "face_covered", "cancelled",
}  # fmt: skip
CASES = rows(section(COMPATIBILITY, "Rules"), "case")
FAILURES = rows(COMPATIBILITY, "`failure_code`")


def test_every_code_of_an_error_is_documented_and_no_other() -> None:
    """With the statuses that the source gives it; v2's words, and the words of failed videos."""
    told: dict[str, set[int]] = {}
    for row in CASES:
        for cell in (row[1], row[3]):
            for word in re.findall(r"`([a-z_]+)`", cell):
                told.setdefault(word, set()).add(int(cell[:3]))
    failures = {word for row in FAILURES for word in code(row[0])}
    source = codes()
    assert len(source) > 30 and len(told) > 12 and len(failures) > 12
    assert sorted(set(source) - set(told) - failures - NOT_ANSWERED) == [], "not documented"
    assert sorted((set(told) | failures) - set(source) | (set(told) | failures) & NOT_ANSWERED) == [], "not there"
    for word, statuses in source.items():
        assert word in NOT_ANSWERED or statuses <= told.get(word, set()), f"{word} is answered with {statuses}"


def test_v1_s_numbers_are_those_of_the_documents(server: Server) -> None:
    """Each that can be had by asking wrongly: what the table says of the case is what comes."""
    told = {row[0]: (row[1][:3], row[2]) for row in CASES}
    http, anybody = server.http, {"X-Api-Key": "wrong"}
    wrong = {"avatar_pose_id": "nobody", "avatar_style": "normal", "input_text": "Hi.", "voice_id": "x"}
    voiceless = {**wrong, "avatar_pose_id": "josh_lite3_20230714", "voice_id": "nobody"}
    unknown = body()
    unknown["video_inputs"][0]["character"]["avatar_id"] = "nobody"
    speechless = body()
    speechless["video_inputs"][0]["voice"]["voice_id"] = "nobody"
    for case, v2, v1 in (
        ("no key or a wrong one", http.get("/v2/voices", headers=anybody), http.get("/v1/voice.list", headers=anybody)),
        ("body not JSON, a field missing or out of its limits", http.post("/v2/video/generate", content=b"{"),
         http.post("/v1/video.webm", json={})),
        ("unknown avatar in a request", http.post("/v2/video/generate", json=unknown),
         http.post("/v1/video.webm", json=wrong)),
        ("unknown avatar asked for by its path", http.get("/v2/avatar/nobody/details"), None),
        ("unknown voice", http.post("/v2/video/generate", json=speechless),
         http.post("/v1/video.webm", json=voiceless)),
        ("unknown video", http.get("/v2/videos/nothing"), http.get("/v1/video_status.get?video_id=nothing")),
        ("unknown route", http.get("/v2/nothing"), http.get("/v1/nothing")),
        ("wrong method", http.post("/v2/voices"), http.post("/v1/voice.list")),
        ("what HeyGen generates and this server does not", http.post("/v2/photo_avatar/photo/generate", json={}), None),
        ("a signed URL that is changed or has expired", http.get("/files/nothing/film.mp4"), None),
    ):  # fmt: skip
        status, number = told[case]
        words = next(row[1] for row in CASES if row[0] == case)
        assert f"{v2.status_code} `{v2.json()['code']}`" == words.partition(",")[0], (case, v2.text)
        assert str(v2.status_code) == status
        assert number == (f"{v1.status_code}, {v1.json()['code']}" if v1 is not None else "–"), case


#: Numbers that an answer has of its own, whatever its code.
OWN_NUMBERS = {"unknown video": V1_VIDEO_NOT_FOUND, "too many requests": 400123}


@pytest.mark.parametrize("row", CASES, ids=lambda row: row[0])
def test_v1_s_number_of_a_case_is_that_of_its_code(row: list[str]) -> None:
    """Also where no request of a test brings it about."""
    match = re.match(r"(\d{3}) `([a-z_]+)`", row[1])
    assert match
    if row[2] != "–":
        number = OWN_NUMBERS.get(row[0], Problem(int(match[1]), match[2], "").v1_code)
        assert row[2] == f"{match[1]}, {number}"


#: What warnings are coded by that is no literal.
CODES = {"NOT_SUPPORTED": NOT_SUPPORTED, "MISPLACED": MISPLACED, "SUBSTITUTED": SUBSTITUTED}


def test_every_code_of_a_warning_is_documented_and_no_other() -> None:
    found = set[str]()
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in ("Note", "_note", "VideoWarning") and node.args:
                first = node.args[0]
                named = CODES.get(first.id) if isinstance(first, ast.Name) else getattr(first, "value", None)
                if isinstance(named, str):
                    found.add(named)
    assert len(found) >= 4
    assert {word for row in rows(section(API, "Warnings"), "`code`") for word in code(row[0])} == found


# Settings


def settings_in(text: str) -> set[str]:
    return set(re.findall(r"\bLIMELIGHT_[A-Z0-9]+(?:_[A-Z0-9]+)*\b", text))


@functools.cache
def settings_that_are_read() -> set[str]:
    """By their whole names in the source: what only a message or a docstring mentions is not read."""
    found = set()
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not re.fullmatch(r"LIMELIGHT_(?:[A-Z0-9_]*_)?", node.value), f"{file.name} puts a name together"
                if settings_in(node.value) == {node.value}:
                    found.add(node.value)
    return found


SETTINGS = rows(section(OPERATIONS, "Settings"), "variable")


def test_every_setting_is_listed_and_no_other() -> None:
    """The table lists the server's; what follows it tells of the client's one."""
    told = {name for row in SETTINGS for name in settings_in(row[0])}
    assert len(told) > 10
    assert told | {"LIMELIGHT_URL"} == settings_that_are_read()
    assert "`LIMELIGHT_URL`" in section(OPERATIONS, "Settings")


@pytest.mark.parametrize("document", [README, *DOCS], ids=lambda path: path.name)
def test_no_document_names_a_setting_that_is_not_there(document: Path) -> None:
    assert settings_in(document.read_text("utf-8")) <= settings_that_are_read()


def test_defaults_of_settings_are_as_documented(tmp_path: Path) -> None:
    """Who sets a variable to what the table calls its default changes nothing."""
    without = Settings.from_environment(tmp_path, {}), logs.style_of({})
    looked_at = set()
    for row in SETTINGS:
        if match := re.fullmatch(r"`([^`]+)`", row[2]):
            (name,) = settings_in(row[0])
            given = {name: match[1]}
            assert (Settings.from_environment(tmp_path, given), logs.style_of(given)) == without, name
            looked_at.add(name)
    assert looked_at >= {"LIMELIGHT_WORKERS", "LIMELIGHT_SEGMENT_DAYS", "LIMELIGHT_LOG", "LIMELIGHT_RENDERER"}


# Plans


def test_every_plan_is_listed_with_its_terms_and_no_other() -> None:
    """What an account is sold: characters of a script, videos at once, credits; None is without a limit."""

    def number(cell: str) -> int | None:
        return None if cell.startswith("no limit") else int(cell.replace(",", ""))

    told = {row[0].strip("`"): tuple(map(number, row[1:])) for row in rows(OPERATIONS, "plan")}
    assert (
        told
        == {name: (terms.script_characters, terms.concurrency, terms.credits) for name, terms in PLANS.items()}
        != {}
    )


# Metrics


def test_every_metric_is_listed_and_no_other(server: Server) -> None:
    told = {re.sub(r"\{.*", "", span) for row in rows(OPERATIONS, "metric") for span in code(row[0])}
    text = server.http.get("/metrics").text
    real = {name for name in re.findall(r"^# TYPE (\w+)", text, re.MULTILINE) if not name.endswith("_created")}
    assert told == real != set()
