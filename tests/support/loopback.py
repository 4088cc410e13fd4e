"""A server on loopback that answers byte for byte as its test says; a base for other servers."""

import asyncio
from types import TracebackType
from typing import Self


class LoopbackServer:
    """Passes each connection to `_talk`, and closes it after that.

    Leaving the context cancels all of them.
    """

    def __init__(self) -> None:
        self._talks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.create_task(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)
        # `_talk` can't do this itself when it is cancelled before its first step.
        talk.add_done_callback(lambda _: writer.close())
        if not self._server.is_serving():
            talk.cancel()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError
