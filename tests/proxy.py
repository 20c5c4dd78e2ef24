"""A TCP proxy in front of a real server, whose faults are switched on and off while it runs."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Self, TypeVar

T = TypeVar("T")
AT_ONCE = struct.pack("ii", 1, 0)  # linger for no time: closing resets
HTTP = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"


class Mode(StrEnum):
    """What becomes of connections; what strikes also strikes those that are open."""

    PASS = "forwards"
    REFUSE = "does not listen"
    SILENT = "accepts, and never says anything"
    STALL = "forwards nothing any more"
    CLOSE = "closes"
    RESET = "resets"
    HTTP = "answers like a web server"
    GARBAGE = "answers with nonsense"


STRIKING = frozenset(Mode) - {Mode.PASS, Mode.SILENT, Mode.STALL}


class Proxy:
    """Forwards to a server; `path` is a socket file to listen on in place of a port.

    `delay_s` passes before a connection is forwarded, `latency_s` with every chunk of an answer,
    and of `cut_after` bytes of answers a connection is reset.
    """

    port = 0

    def __init__(
        self, host: str, port: int, *, path: Path | None = None, delay_s: float = 0.0
    ) -> None:
        self._upstream = (host, port)
        self._path = path
        self._mode = Mode.PASS
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.delay_s = delay_s
        self.latency_s = 0.0
        self.cut_after: int | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._begin())
        self._run(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @contextlib.contextmanager
    def being(self, mode: Mode) -> Iterator[None]:
        """Have this fault inside the block."""
        self.become(mode)
        try:
            yield
        finally:
            self.become(Mode.PASS)

    @contextlib.contextmanager
    def slow(self, latency_s: float) -> Iterator[None]:
        """Hand on every chunk, in both directions, only after a while."""
        self.latency_s = latency_s
        try:
            yield
        finally:
            self.latency_s = 0.0

    @contextlib.contextmanager
    def cutting(self, after: int) -> Iterator[None]:
        """Reset every connection, the open ones too, after so many bytes of answers."""
        self.cut_after = after
        try:
            yield
        finally:
            self.cut_after = None

    def become(self, mode: Mode) -> None:
        """Change what becomes of connections, from now on."""
        self._run(self._change(mode))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _begin(self) -> None:
        self._flowing = asyncio.Event()
        self._flowing.set()

    async def _listen(self) -> None:
        if self._path:
            self._server = await asyncio.start_unix_server(self._serve, self._path)
            return
        # a port that was refused is listened on again while its connections linger
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _change(self, mode: Mode) -> None:
        before, self._mode = self._mode, mode
        if mode in STRIKING:
            for writer in tuple(self._open):
                _drop(writer, reset=mode is Mode.RESET)
        if mode is Mode.REFUSE:
            self._unlisten()
        elif before is Mode.REFUSE:
            await self._listen()
        if mode in (Mode.STALL, Mode.SILENT):
            self._flowing.clear()
        else:
            self._flowing.set()

    def _unlisten(self) -> None:
        self._server.close()
        if self._path:
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            with contextlib.suppress(asyncio.CancelledError):  # the proxy ends
                await self._treat(reader, writer)
        finally:
            self._open.discard(writer)
            writer.close()

    async def _treat(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        match self._mode:
            case Mode.CLOSE | Mode.RESET:
                _drop(writer, reset=self._mode is Mode.RESET)
            case Mode.HTTP | Mode.GARBAGE:
                await reader.read(64)
                writer.write(HTTP if self._mode is Mode.HTTP else b"nonsense" * 20)
            case _:
                await self._forward(reader, writer)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self.delay_s)
        with contextlib.suppress(OSError):
            there_reader, there_writer = await asyncio.open_connection(*self._upstream)
            with contextlib.suppress(OSError), contextlib.closing(there_writer):
                await asyncio.gather(
                    self._pump(reader, there_writer), self._answers(there_reader, writer)
                )

    async def _answers(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        await self._pump(source, target, counted=True)

    async def _pump(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        *,
        counted: bool = False,
    ) -> None:
        passed = 0
        try:
            while data := await source.read(65536):
                await self._flowing.wait()
                if self.latency_s:
                    await asyncio.sleep(self.latency_s)
                passed = passed + len(data) if self.cut_after is not None and counted else 0
                if self.cut_after is not None and passed > self.cut_after:
                    target.write(data[: len(data) - (passed - self.cut_after)])
                    _drop(target, reset=True)
                    return
                target.write(data)
                await target.drain()
        finally:
            target.close()

    async def _end(self) -> None:
        self._unlisten()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await asyncio.sleep(0)  # what was closed gets round to closing


@contextlib.contextmanager
def delayed(host: str, port: int, delay_s: float) -> Iterator[int]:
    """Forward connections to a server, each after a delay; gives the proxy's port."""
    with Proxy(host, port, delay_s=delay_s) as proxy:
        yield proxy.port


def _drop(writer: asyncio.StreamWriter, *, reset: bool) -> None:
    if reset and isinstance(writer.get_extra_info("peername"), tuple):
        with contextlib.suppress(OSError):  # the client may just have gone by itself
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    writer.transport.abort()
