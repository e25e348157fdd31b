"""One uploaded file, read from the request as it arrives: nothing of it lies in memory or in the database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from app.documents.errors import NotMultipart, UploadBroken

_MAX_HEADER_BYTES = 4096


@dataclass(frozen=True, slots=True)
class PartHead:
    """What the form says about the file."""

    filename: str
    declared_type: str | None


class UploadForm:
    """A `multipart/form-data` body with exactly one part, named `file`. Read `head()`, then `content()` to its end."""

    def __init__(self, request: Request) -> None:
        """Raises `NotMultipart` when the body is something else."""
        kind, options = parse_options_header(request.headers.get("content-type"))
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise NotMultipart()
        self._stream = request.stream()
        self._headers: dict[bytes, bytes] = {}
        self._name, self._value = b"", b""
        self._parts, self._in_content, self._ended = 0, False, False
        self._chunks: list[bytes] = []
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._part_begin,
                    "on_header_field": self._header_field,
                    "on_header_value": self._header_value,
                    "on_header_end": self._header_end,
                    "on_headers_finished": self._headers_finished,
                    "on_part_data": self._part_data,
                    "on_end": self._end,
                },
            )
        except FormParserError:
            raise NotMultipart() from None

    async def head(self) -> PartHead:
        """The file's name and declared type. Raises `UploadBroken`."""
        while not self._in_content:
            await self._feed()
        disposition, options = parse_options_header(self._headers.get(b"content-disposition"))
        filename = options.get(b"filename")
        if disposition != b"form-data" or options.get(b"name") != b"file" or not filename:
            raise UploadBroken()
        declared = self._headers.get(b"content-type")
        return PartHead(_decoded(filename), declared.decode("latin-1") if declared else None)

    async def content(self) -> AsyncIterator[bytes]:
        """The file's bytes. Raises `UploadBroken` when the form ends too early or holds more than the file."""
        while True:
            chunks, self._chunks = self._chunks, []
            for chunk in chunks:
                yield chunk
            if self._ended:
                return
            await self._feed()

    async def _feed(self) -> None:
        try:
            data = await anext(self._stream)
        except StopAsyncIteration:
            raise UploadBroken() from None
        if not data:
            if self._ended:
                return
            raise UploadBroken()
        try:
            self._parser.write(data)
        except FormParserError:
            raise UploadBroken() from None

    def _part_begin(self) -> None:
        self._parts += 1
        if self._parts > 1:
            raise UploadBroken()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]
        self._limit()

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._limit()

    def _limit(self) -> None:
        if len(self._name) + len(self._value) > _MAX_HEADER_BYTES or len(self._headers) > 10:
            raise UploadBroken()

    def _header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name, self._value = b"", b""

    def _headers_finished(self) -> None:
        self._in_content = True

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self._chunks.append(data[start:end])

    def _end(self) -> None:
        self._ended = True


def _decoded(filename: bytes) -> str:
    try:
        return filename.decode("utf-8")
    except UnicodeDecodeError:
        return filename.decode("latin-1")
