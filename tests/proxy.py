"""A TCP proxy in front of a real server, which begins to forward only after a while."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def delayed(host: str, port: int, delay_s: float) -> Iterator[int]:
    """Forward connections to a server, each after a delay; gives the proxy's port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(delay_s)
        there_reader, there_writer = await asyncio.open_connection(host, port)
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))

    def run(work: object) -> object:
        return asyncio.run_coroutine_threadsafe(work, loop).result(10)  # type: ignore[arg-type]

    server = run(asyncio.start_server(forward, "127.0.0.1", 0))
    assert isinstance(server, asyncio.Server)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        run(_stopped(server))
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    finally:
        target.close()


async def _stopped(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)  # what was closed gets round to closing
