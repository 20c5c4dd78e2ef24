"""Many statements in one round trip, by the driver's protocol layer.

The driver's cursors turn to the socket once for each statement, a dozen times an ask. Here all is
written, and then waited for: a statement costs this process a fifth of it.
"""

import contextlib
import hashlib
import selectors
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Any

import psycopg
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result

from queries.records import dataclass

LOOK_EVERY_S = 0.1  # what TLS has decrypted and nobody has read makes no socket readable

# a text and the types of its values: what a statement is to the server
_Key = tuple[bytes, tuple[int, ...]]
Prepared = MutableMapping[_Key, bytes]  # the names that statements are kept under


@dataclass(frozen=True, slots=True)
class Listen:
    """Go on once the connection's socket is ready, by the events of `selectors`, or after a while.

    The while is LOOK_EVERY_S.
    """

    connection: psycopg.Connection
    events: int

    def wait(self, seconds: float = LOOK_EVERY_S) -> None:
        """Block for it."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.connection, self.events)
            selector.select(min(seconds, LOOK_EVERY_S))


@dataclass(frozen=True, slots=True)
class _Message:
    key: _Key
    values: Sequence[Any]
    formats: Sequence[pq.Format]
    keep: bool


class Pipeline:
    """Statements are run in the order they were added, and answered all at once.

    `prepared` says what the connection keeps planned; a statement that is added to be kept is
    planned once, and found there from then on.
    """

    def __init__(self, connection: psycopg.Connection, prepared: Prepared) -> None:
        self._connection = connection
        self._pgconn = connection.pgconn
        self._transformer = Transformer(connection)
        self._prepared = prepared
        self._messages: list[_Message] = []
        self._results: list[pq.abc.PGresult] = []

    def add(
        self,
        text: bytes,
        names: Sequence[str] = (),
        values: Mapping[str, object] | None = None,
        *,
        keep: bool = False,
    ) -> int:
        """Add a statement whose `$1`, `$2`... are the values of these names; return its place."""
        if not names:
            self._messages.append(_Message((text, ()), (), (), keep))
            return len(self._messages) - 1
        known = values or {}
        dumped = self._transformer.dump_sequence(
            [known[name] for name in names], [PyFormat.AUTO] * len(names)
        )
        types, formats = self._transformer.types or (), self._transformer.formats or ()
        self._messages.append(_Message((text, types), dumped, formats, keep))
        return len(self._messages) - 1

    def exchange(self) -> Iterator[Listen]:
        """Send all and take all in; yield whenever the socket has to be waited for.

        Raises psycopg.Error: of the first statement that failed, after which none was run; or of
        the connection, if that was lost. Whatever else ends it closes the connection as well.
        """
        try:
            self._pgconn.enter_pipeline_mode()
            planning = self._send()
            yield from self._receive()
            self._pgconn.exit_pipeline_mode()
        except psycopg.OperationalError as lost:
            failure = self._failure()
            raise (failure if failure and failure.sqlstate else lost) from None
        finally:
            if self._pgconn.pipeline_status:  # what it may still say is no answer to the next ask
                self._connection.close()
        for place, (key, name) in planning.items():
            if self._results[place].status == pq.ExecStatus.COMMAND_OK:
                self._prepared[key] = name
        if failure := self._failure():
            raise failure
        self._results = [each for place, each in enumerate(self._results) if place not in planning]

    def columns(self, place: int) -> tuple[str, ...]:
        """Name the columns of what the statement at this place returned."""
        result = self._results[place]
        names = (result.fname(number) for number in range(result.nfields))
        return tuple(name.decode() for name in names if name)

    def records(self, place: int) -> list[tuple[Any, ...]]:
        """Return what the statement at this place returned."""
        result = self._results[place]
        if not result.ntuples:
            return []
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)

    def _send(self) -> dict[int, tuple[_Key, bytes]]:
        """Hand all to the driver; return what is newly planned, by the place of its result."""
        planning: dict[int, tuple[_Key, bytes]] = {}
        names = dict(self._prepared)
        for place, each in enumerate(self._messages):
            text, types = each.key
            if not each.keep:
                self._pgconn.send_query_params(text, each.values, types, each.formats)
                continue
            if each.key not in names:
                name = names[each.key] = _name(each.key)
                planning[place + len(planning)] = each.key, name
                self._pgconn.send_prepare(name, text, types)
            self._pgconn.send_query_prepared(names[each.key], each.values, each.formats)
        self._pgconn.pipeline_sync()
        return planning

    def _receive(self) -> Iterator[Listen]:
        """Write what the driver still holds and read the results, whichever is possible first."""
        while self._pgconn.status == pq.ConnStatus.OK:
            try:
                unwritten = selectors.EVENT_WRITE if self._pgconn.flush() else 0
                yield Listen(self._connection, selectors.EVENT_READ | unwritten)
                self._pgconn.consume_input()
            except psycopg.OperationalError:
                with contextlib.suppress(psycopg.Error):
                    self._read()  # the server may have said why it ends
                raise
            if self._read():
                return
        raise psycopg.OperationalError("the connection is lost")

    def _read(self) -> bool:
        """Take the results that have come; return whether these are all."""
        ended = False  # the driver marks the end of each statement's results by none
        while not self._pgconn.is_busy():
            result = self._pgconn.get_result()
            if result is None and ended:
                return False  # there is nothing to come: the connection is lost
            ended = result is None
            if result and result.status == pq.ExecStatus.PIPELINE_SYNC:
                return True
            if result:
                self._results.append(result)
        return False

    def _failure(self) -> psycopg.Error | None:
        for each in self._results:
            if each.status == pq.ExecStatus.FATAL_ERROR:
                return error_from_result(each, self._connection.info.encoding)
        return None


def _name(key: _Key) -> bytes:
    """Call a statement by what it is: whoever keeps another one, keeps it under another name."""
    return b"dashboard_" + hashlib.sha256(repr(key).encode()).hexdigest()[:32].encode()
