"""`/openapi.json` says the truth: what schemathesis sends after it is answered as it says, and never with a 5xx."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import cv2
import httpx
import hypothesis
import numpy as np
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

from limelight.api.routes.v3.unsupported import NOT_OFFERED
from serving import API_KEY, Server, body

Operation = APIOperation[Any, Any, Any, Any]


#: 501, whatever is sent.
NOWHERE = {operation for operations in NOT_OFFERED.values() for operation in operations}


def no_fault_of_ours(context: Any, response: Any, case: Any) -> bool | None:
    """Not a 5xx; v3 says 501 to what is not offered, and that is an answer."""
    if response.status_code == 501 and case.operation.path.startswith("/v3/"):
        return None
    return not_a_server_error(context, response, case)


#: For each operation.
EXAMPLES = 5
CHECKS = (
    no_fault_of_ours,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
#: Signed URLs, which are not guessed, and what a request makes no longer there.
NEVER_FOUND = (
    "GET /files/{video_id}/{name}",
    "HEAD /files/{video_id}/{name}",
    "GET /files/{video_id}/preview.mp4",
    "HEAD /files/{video_id}/preview.mp4",
    "GET /files/speech/{speech_id}/{name}",
    "HEAD /files/speech/{speech_id}/{name}",
    "GET /files/removals/{account_id}/{job_id}/{name}",
    "HEAD /files/removals/{account_id}/{job_id}/{name}",
    "GET /v2/photo_avatar/generation/{generation_id}",
    "DELETE /v3/voices/{voice_id}",
)
#: Without a key.
PUBLIC = ("/files/", "/previews/", "/healthz", "/readyz", "/metrics", "/share/", "/uploads/")
METHODS = ("get", "head", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"LIMELIGHT_RATE_PER_MINUTE": "0"}


@pytest.fixture(scope="module")
def document(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = server.http.get("/openapi.json").json()
    return found


@pytest.fixture(scope="module")
def described(server: Server) -> OpenApiSchema:
    return schemathesis.openapi.from_url(f"{server.url}/openapi.json")


@pytest.fixture(scope="module")
def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method, path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


@pytest.fixture(scope="module")
def known(server: Server) -> dict[str, str]:
    """A thing of each kind, by what parameters call its id; its version before it where that has another, to delete."""
    http = server.http
    made = http.post("/v3/video-agents", json={"prompt": "Known words."}).json()["data"]["session_id"]
    video_id = server.ended(server.generate(body(title="Known")))["id"]
    picture = cv2.imencode(".png", np.zeros((64, 64, 3), np.uint8))[1].tobytes()
    asset = http.post("/v1/asset", content=picture, headers={"Content-Type": "image/png"}).json()["data"]
    photos = [
        http.post("/v1/talking_photo", content=picture, headers={"Content-Type": "image/png"}).json()["data"]
        for _ in range(5)
    ]
    first, second, third, fourth, fifth = (photo["talking_photo_id"] for photo in photos)
    template = {"name": "Known", "body": body("Hello {{who}}."), "variables": {"who": {"name": "who", "type": "text"}}}
    share = http.post("/v1/video/share", json={"video_id": video_id}).json()["data"]
    speaker = {"type": "avatar", "avatar_id": "josh_lite3_20230714", "script": "Known."}
    batch = http.post("/v3/videos/batches", json={"videos": [speaker]}).json()["data"]
    file = {"filename": "known.png", "content_type": "image/png", "size_bytes": len(picture)}
    places = http.post("/v3/assets/direct-uploads/batches", json={"files": [file]}).json()["data"]
    other = http.post("/v3/assets", files={"file": ("known.png", picture)}).json()["data"]
    cut = http.post("/v3/background-removals", json={"video": {"type": "asset_id", "asset_id": asset["id"]}})
    hook = http.post("/v3/webhooks/endpoints", json={"url": f"{server.url}/v3"}).json()["data"]
    return {
        "session_id": made,
        "batch_id": batch["batch_id"],
        "upload_batch_id": places["batch_id"],
        "look_id": fourth,
        "v2 video_id": server.generate(body(title="Known by v2")),
        "v3 group_id": fifth,
        "v3 video_id": batch["items"][0]["video_id"],
        "job_id": cut.json()["data"]["id"],
        "v3 asset_id": other["asset_id"],
        "v3 endpoint_id": hook["endpoint_id"],
        "video_id": video_id,
        "asset_id": asset["id"],
        "name": httpx.URL(asset["url"]).path.rpartition("/")[2],
        "template_id": http.post("/v2/templates", json=template).json()["data"]["template_id"],
        "folder_id": http.post("/v1/folders/create", json={"name": "Known"}).json()["data"]["id"],
        "endpoint_id": http.post("/v1/webhook/endpoint.add", json={"url": f"{server.url}/no"}).json()["data"][
            "endpoint_id"
        ],
        "token": httpx.URL(share).path.rpartition("/")[2],
        "avatar_id": "josh_lite3_20230714",
        "voice_id": "1bd001e7e50f421d891986aad5158bc8",
        "talking_photo_id": first,
        "photo_avatar_id": second,
        "group_id": third,
        "word": http.post("/v1/limelight/words", json={"word": "known", "say": "gnome"}).json()["data"]["words"][0][
            "word"
        ],
    }


def operations_in(described: OpenApiSchema) -> list[Operation]:
    found = []
    for result in described.get_all_operations():
        assert isinstance(result, Ok), result.err()
        operation = result.ok()
        if f"{operation.method.upper()} {operation.path}" not in NOWHERE:
            found.append(operation)
    return found


def problem_with(operation: Operation, given: Mapping[str, str], mode: GenerationMode, statuses: set[int]) -> str:
    """What answers to requests of the operation do not keep to, empty if nothing; `given` are parameters' values."""

    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def answers(case: schemathesis.Case[Any]) -> None:
        for parameters in (case.path_parameters, case.query):
            for name in set(parameters or ()) & set(given):
                parameters[name] = given[name]
        answer = case.call_and_validate(headers={"X-Api-Key": API_KEY}, checks=list(CHECKS), timeout=60)
        statuses.add(answer.status_code)

    try:
        answers()
    except (Exception, BaseExceptionGroup) as error:
        return f"{operation.label}\n{error}\n{getattr(error, 'exceptions', '')}"
    return ""


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=str)
def test_whatever_is_sent_is_answered_as_the_document_says(
    server: Server, described: OpenApiSchema, mode: GenerationMode
) -> None:
    """Every operation in one test: pytest collects before there is a server to ask for them."""
    operations = operations_in(described)
    if mode is GenerationMode.NEGATIVE:  # of a path alone every text is one
        operations = [operation for operation in operations if operation.body or operation.query]
    assert operations
    problems = [problem_with(operation, {}, mode, set()) for operation in operations]
    assert not any(problems), "\n\n".join(filter(None, problems))


def test_what_is_there_is_answered_as_the_document_says(
    server: Server, described: OpenApiSchema, known: dict[str, str]
) -> None:
    """Ids that are random are never found, so this asks for what is there; what deletes comes last."""
    operations = operations_in(described)
    operations = [op for op in operations if op.method in ("get", "head", "delete")]
    operations.sort(key=lambda op: (op.method == "delete", op.path))
    problems, never_found = [], []
    for operation in operations:
        statuses: set[int] = set()
        version = f"{operation.path[1:3]} "
        given = known | {name.removeprefix(version): id for name, id in known.items() if name.startswith(version)}
        problems.append(problem_with(operation, given, GenerationMode.POSITIVE, statuses))
        if not statuses & {200, 206}:
            never_found.append(operation.label)
    assert not any(problems), "\n\n".join(filter(None, problems))
    assert set(never_found) <= set(NEVER_FOUND)


def test_what_is_not_offered_says_so_and_its_lists_do_too(server: Server, document: dict[str, Any]) -> None:
    for operation in NOWHERE:
        method, path = operation.split(" ")
        assert "501" in document["paths"][path][method.lower()]["responses"]
        answer = server.http.request(method, re.sub(r"{\w+}", "x", path))
        assert (answer.status_code, answer.json()["error"]["code"]) == (501, "not_supported"), operation
    assert server.http.post("/v3/lipsyncs", headers={"X-Api-Key": "wrong"}).status_code == 401


def test_every_operation_says_what_it_is_what_it_needs_and_how_it_fails(
    operations: dict[tuple[str, str], dict[str, Any]],
) -> None:
    assert len(operations) > 70
    for (method, path), operation in operations.items():
        where = f"{method} {path}"
        assert operation["tags"], where
        assert operation.get("description") or operation.get("summary"), where
        public = path.startswith(PUBLIC)
        assert ("security" in operation) != public, where
        assert ("401" in operation["responses"]) != public, where
        assert "422" not in operation["responses"], where
        if not path.startswith(("/healthz", "/readyz", "/metrics")):
            wrong = operation["responses"]["400"]["content"]["application/json"]["schema"]["$ref"]
            version = {"/v1/": "V1", "/v3/": "V3"}.get(path[:4], "V2")
            assert wrong.endswith(f"/{version}Error"), where
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert ("Idempotency-Key" in names) == (method == "post"), where


def test_operation_ids_are_distinct(operations: dict[tuple[str, str], dict[str, Any]]) -> None:
    ids = [operation["operationId"] for operation in operations.values()]
    assert len(set(ids)) == len(ids)


def test_keys_can_be_sent_in_either_header(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"].values()
    assert {(scheme["type"], scheme.get("scheme"), scheme.get("name")) for scheme in schemes} == {
        ("apiKey", None, "X-Api-Key"), ("http", "bearer", None)
    }  # fmt: skip


def test_every_body_has_an_example(document: dict[str, Any], operations: dict[tuple[str, str], dict[str, Any]]) -> None:
    schemas = document["components"]["schemas"]
    looked_at = 0
    for where, operation in operations.items():
        media = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if media:
            name = media["schema"].get("$ref", "").rpartition("/")[2]
            schema = schemas[name] if name else media["schema"]
            examples = schema.get("examples") or [part.get("examples") for part in schema["properties"].values()]
            assert examples and all(examples), (where, name)
            looked_at += 1
    assert looked_at > 15


def test_examples_are_answered_with_success(server: Server, document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for path, name in (("/v2/video/generate", "GenerateBody"), ("/v1/video.webm", "WebmBody")):
        (example,) = schemas[name]["examples"]
        answer = server.http.post(path, json=example)
        assert answer.status_code == 200, answer.text
        assert server.ended(answer.json()["data"]["video_id"])["status"] == "completed"


def test_errors_are_as_the_document_describes_them(server: Server, document: dict[str, Any]) -> None:
    """The shapes themselves, so that the checks above do not pass for schemas that allow anything."""
    schemas = document["components"]["schemas"]
    assert set(schemas["V1Error"]["required"]) == {"code", "message"}
    assert set(schemas["V2Error"]["required"]) == {"code", "message", "error"}
    assert set(server.http.post("/v2/video/generate", json={}).json()) == set(schemas["V2Error"]["properties"])
    assert set(server.http.post("/v1/video.webm", json={}).json()) == set(schemas["V1Error"]["properties"])


def test_the_document_is_the_same_each_time_and_has_no_dead_ends(server: Server, document: dict[str, Any]) -> None:
    assert server.http.get("/openapi.json").json() == document
    text = json.dumps(document)
    names = set(document["components"]["schemas"])
    used = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert used <= names
    assert server.http.post("/v2/video/generate", json=body()).status_code == 200
