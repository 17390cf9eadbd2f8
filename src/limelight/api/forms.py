"""Files in forms (`multipart/form-data`), piece by piece; and which of the two a body is."""

from __future__ import annotations

from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from limelight.api.errors import Problem

#: All short fields of a form together, and the headers of one part.
_FIELDS_BYTES, _HEADERS_BYTES = 64 << 10, 8 << 10


def boundary_of(content_type: str) -> bytes | None:
    """What separates the parts of a form; None where this is the type of no form. Raises Problem 400."""
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data":
        return None
    boundary = options.get(b"boundary")
    if not boundary:
        raise _not_a_form("its Content-Type names no boundary")
    return boundary


@dataclass(slots=True)
class _Part:
    headers: dict[bytes, bytes] = field(default_factory=dict)
    name: str = ""
    is_file: bool = False
    #: whether it is the file that is taken
    is_chosen: bool = False
    content: bytearray = field(default_factory=bytearray)


class Form:
    """Takes a form apart as it comes: the bytes of one file go through, short fields are kept.

    The file is the one whose field is called `file`, else the first one.
    """

    def __init__(self, boundary: bytes) -> None:
        """Raises Problem 400 for a boundary that cannot be one."""
        self.fields: dict[str, str] = {}
        #: of the file; None before its part has begun
        self.filename: str | None = None
        self.content_type = ""
        #: set when another file than before is the one: what came through so far is to be forgotten
        self.begins_again = False
        self._is_called_file = False
        self._part = _Part()
        self._header: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._taken = 0
        self._file: list[bytes] = []
        self._ended = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._header_field,
                    "on_header_value": self._header_value,
                    "on_header_end": self._header_end,
                    "on_headers_finished": self._headers_finished,
                    "on_part_data": self._data,
                    "on_part_end": self._end,
                    "on_end": self._finish,
                },
            )
        except FormParserError as error:
            raise _not_a_form("its boundary is too long") from error

    def feed(self, piece: bytes) -> bytes:
        """Take the next piece of the body; gives the file's bytes in it. Raises Problem 400."""
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise _not_a_form("it cannot be read") from error
        found, self._file = b"".join(self._file), []
        return found

    def close(self) -> None:
        """Raise Problem 400 unless the form is whole and has a file."""
        if not self._ended:
            raise _not_a_form("it is cut off")
        if self.filename is None:
            raise Problem(400, "invalid_parameter", "file is invalid: field required.", param="file")

    def _begin(self) -> None:
        self._part = _Part()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0].extend(data[start:end])
        self._check_header()

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1].extend(data[start:end])
        self._check_header()

    def _check_header(self) -> None:
        if len(self._header[0]) + len(self._header[1]) > _HEADERS_BYTES:
            raise _not_a_form("a part's header is too long")

    def _header_end(self) -> None:
        name, value = self._header
        self._part.headers[bytes(name).lower()] = bytes(value)
        self._header = (bytearray(), bytearray())

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._part.headers.get(b"content-disposition", b""))
        self._part.name = options.get(b"name", b"").decode("utf-8", "replace")
        self._count(len(self._part.name))
        filename = options.get(b"filename")
        is_called_file = self._part.name == "file"
        self._part.is_file = filename is not None or is_called_file
        if self._part.is_file and (self.filename is None or (is_called_file and not self._is_called_file)):
            self.begins_again = self.filename is not None
            self._file = []
            self._is_called_file = is_called_file
            self._part.is_chosen = True
            self.filename = (filename or b"").decode("utf-8", "replace")
            self.content_type = self._part.headers.get(b"content-type", b"").decode("latin-1")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._part.is_file:
            if self._part.is_chosen:
                self._file.append(data[start:end])
            return
        self._count(end - start)
        self._part.content.extend(data[start:end])

    def _count(self, length: int) -> None:
        self._taken += length
        if self._taken > _FIELDS_BYTES:
            raise _not_a_form(f"its fields are longer than {_FIELDS_BYTES} bytes")

    def _end(self) -> None:
        if not self._part.is_file and self._part.name:
            self.fields[self._part.name] = self._part.content.decode("utf-8", "replace")

    def _finish(self) -> None:
        self._ended = True


def _not_a_form(problem: str) -> Problem:
    return Problem(400, "invalid_parameter", f"request body is invalid: {problem}.")
