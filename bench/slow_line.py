"""A proxy with the delay and bandwidth of a slow mobile line, for a server on this machine.

Each new connection costs a round trip, as in TCP. Each byte takes half a round trip and shares
the bandwidth with all others. It does not simulate TCP's slow start and lost packets.
"""

import asyncio
import threading
from types import TracebackType
from typing import Self

ROUND_TRIP_S = 0.150
DOWN_BITS_S, UP_BITS_S = 1_600_000, 750_000
PIECE_BYTES = 1_460
"""The size of one piece: a long response must not delay a concurrent short one."""


class SlowLine:
    """Forwards from `port` to the server's, in a thread; without `slow` it adds no delay."""

    def __init__(self, server_port: int) -> None:
        self.slow = True
        self._server_port = server_port
        self._loop = asyncio.new_event_loop()
        self._free_at = {DOWN_BITS_S: 0.0, UP_BITS_S: 0.0}

    def __enter__(self) -> Self:
        listening = asyncio.start_server(self._accept, "127.0.0.1", 0)
        server = self._loop.run_until_complete(listening)
        self.port: int = server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._end)
        self._thread.join()

    def _end(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.call_soon(self._loop.stop)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(ROUND_TRIP_S if self.slow else 0)
        answers, requests = await asyncio.open_connection("127.0.0.1", self._server_port)
        await asyncio.gather(
            self._carry(reader, requests, UP_BITS_S),
            self._carry(answers, writer, DOWN_BITS_S),
            return_exceptions=True,
        )

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, bits_s: int
    ) -> None:
        """Forward all data, each piece half a round trip after the line had space for it."""
        loop = asyncio.get_running_loop()
        while piece := await reader.read(PIECE_BYTES if self.slow else 1 << 16):
            if self.slow:
                free_at = max(self._free_at[bits_s], loop.time()) + len(piece) * 8 / bits_s
                self._free_at[bits_s] = free_at
                loop.call_at(free_at + ROUND_TRIP_S / 2, writer.write, piece)
                await asyncio.sleep(free_at - loop.time())
            else:
                writer.write(piece)
        loop.call_later(ROUND_TRIP_S / 2, writer.close)
