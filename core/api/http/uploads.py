"""The one file of a request, as a stream: a file in a form needs no temporary file either."""

from collections.abc import AsyncIterator

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from core.codes import FaultCode
from core.errors import InvalidInput

ONE_FILE = "Send one file, as a field of the form or as the whole body."


class SentFile:
    """The file that a request sends: the whole body, or a field of a form."""

    def __init__(self, request: Request) -> None:
        """Raises: InvalidInput: it is a form without a boundary."""
        self._request = request
        kind, options = parse_options_header(request.headers.get("content-type"))
        self._form = (
            _Form(options.get(b"boundary", b"")) if kind == b"multipart/form-data" else None
        )

    @property
    def name(self) -> str:
        """The file's name in the form; empty until the file is read."""
        return self._form.name if self._form else ""

    async def read(self) -> AsyncIterator[bytes]:
        """Yield its bytes.

        Raises: InvalidInput: the form does not have exactly one file; RequestTooLarge,
            ClientDisconnect
        """
        async for piece in self._request.stream():
            for part in self._form.feed(piece) if self._form else [piece]:
                yield part
        if self._form:
            self._form.end()


class _Form:
    """A form with one file and no other field."""

    def __init__(self, boundary: bytes) -> None:
        self.name = ""
        self._parts = self._files = 0
        self._is_whole = False
        self._header = self._value = b""
        self._pieces: list[bytes] = []
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_header_field": self._on_header,
                    "on_header_value": self._on_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers,
                    "on_part_data": self._on_data,
                    "on_end": self._on_end,
                },
            )
        except FormParserError as error:
            raise _not_one_file() from error

    def feed(self, piece: bytes) -> list[bytes]:
        """Parse a piece of the body; return the bytes of the file in it."""
        self._pieces = []
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise _not_one_file() from error
        return self._pieces

    def end(self) -> None:
        if not (self._is_whole and self._files):
            raise _not_one_file()

    # The parser bounds the headers of a part: eight, each of 4 KiB.

    def _on_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            if b"filename" in options:
                self._files += 1
                self.name = options[b"filename"].decode(errors="replace")
        self._header = self._value = b""

    def _on_headers(self) -> None:
        self._parts += 1
        if not self._files == self._parts == 1:
            raise _not_one_file()

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        self._pieces.append(data[start:end])

    def _on_end(self) -> None:
        self._is_whole = True


def _not_one_file() -> InvalidInput:
    return InvalidInput("#", FaultCode.NOT_ONE_FILE, ONE_FILE)
