"""What routes are asked with in paths and queries, read as leniently as bodies are."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator, BeforeValidator, Field

#: How many a list gives where its client does not say, and at most.
LIMIT = 100

#: `limit` of a list. Some clients send an empty one where they mean none.
Limit = Annotated[
    int,
    Field(ge=0, le=LIMIT),
    BeforeValidator(lambda value: LIMIT if value == "" else value),
    Query(description="How many at most."),
]
#: The most that a list of v3 gives. Clients that ask for more get as many.
V3_LIMIT = 100
#: Where `limit` is there and empty.
_V3_DEFAULT = 20
V3Limit = Annotated[
    int,
    Field(ge=1),
    AfterValidator(lambda value: min(value, V3_LIMIT)),
    BeforeValidator(lambda value: _V3_DEFAULT if value in ("", "null", "undefined") else value),
    Query(description="How many, 100 at most."),
]
#: Some clients send what they call nothing.
Token = Annotated[
    str,
    BeforeValidator(lambda value: "" if value in ("null", "undefined", "None") else value),
    Query(description="Of the next page, as the last one named it."),
]
#: An id in a query, which may have been pasted with spaces around it.
Id = Annotated[str, AfterValidator(lambda value: value.strip())]
#: true or false; empty is false.
Flag = Annotated[bool, BeforeValidator(lambda value: False if value == "" else value)]
#: What rows are looked up by; Postgres takes no NUL.
Word = Annotated[str, Query(max_length=1_000, pattern=r"^[^\x00]*$")]
