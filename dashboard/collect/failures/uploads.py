"""An uploaded log: its failures, kept for one session, counted like those of any other source."""

import gzip
import itertools
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from io import BufferedIOBase
from zoneinfo import ZoneInfo

from dashboard.collect.failure_sources import Cursor, Source, SourceKind, SourceState, Span
from dashboard.collect.failures.sources import RECENT, Counted, Page
from dashboard.diagnose.failures import Failure, LogReader, Signature
from queries import rows
from queries.records import dataclass

MOST_UPLOAD_MB = 200
MOST_KEPT = 50_000  # failures of one log
MOST_UNPACKED = 4 * 1024**3  # bytes of a gz
MOST_S = 120.0  # a log made to be slow, or one that unpacks without end, holds up all others
CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Upload:
    """What was read; `notes` tell what was left out, each a sentence."""

    name: str
    environment: str
    failures: tuple[Failure, ...]
    entries: int
    notes: tuple[str, ...]


def read(
    log: BufferedIOBase, reader: LogReader, name: str, progress: Callable[[int], None]
) -> Upload:
    """Read a log as it streams by, unpacked where it is a gz; `progress` is told its place."""
    stream = _Stream(log, progress)
    found = reader.read(stream.chunks())
    kept = tuple(itertools.islice(found, MOST_KEPT))
    more = sum(1 for _ in found)
    notes = (*stream.notes, *_left_out(reader, more))
    return Upload(name, reader.environment, kept, reader.entries, notes)


def counted(upload: Upload, span: Span, number: int) -> Counted:
    """Count an upload's failures of a span like a source's; `number` tells uploads apart."""
    found = inside(upload, span)
    outside = len(upload.failures) - len(found)
    says = f"{upload.entries:,} entries; {outside:,} failures are outside the selected time"
    source = Source(SourceKind.UPLOAD, label(upload.name, number), SourceState.ON, says)
    recent = sorted(found, key=lambda each: each.at, reverse=True)[:RECENT]
    counts = (*_counts(found, span), *_gaps(span))
    return Counted(source, counts, tuple(recent))


def inside(upload: Upload, span: Span) -> list[Failure]:
    return [each for each in upload.failures if span.since <= each.at < span.until]


def listed(
    uploads: Iterable[Upload], span: Span, code: str | None, after: Cursor | None
) -> Iterator[Page]:
    """List uploaded failures as a source lists its own."""
    for number, upload in enumerate(uploads):
        named = (
            (f"{number}:{place:06}", each)
            for place, each in enumerate(upload.failures)
            if span.since <= each.at < span.until
            and code in (None, each.signature.code or "unrecorded")
        )
        yield Page(
            tuple(
                (key, each)
                for key, each in named
                if after is None or (each.at, key) < (after.at, after.id)
            )
        )


def label(name: str, number: int) -> str:
    return f"upload {number + 1}: {name}"


class _Stream:
    """The bytes of a log; a gz that is damaged or without end is read as far as it goes."""

    def __init__(self, log: BufferedIOBase, progress: Callable[[int], None]) -> None:
        self._log = log
        self._progress = progress
        self.notes: list[str] = []

    def chunks(self) -> Iterator[bytes]:
        packed = self._log.read(2) == _GZIP
        self._log.seek(0)
        log = gzip.GzipFile(fileobj=self._log) if packed else self._log
        done, started = 0, time.monotonic()
        try:
            while chunk := log.read1(CHUNK):  # what there is, also before an end that is missing
                yield chunk
                done += len(chunk)
                self._progress(self._log.tell())
                if done > MOST_UNPACKED or time.monotonic() - started > MOST_S:
                    if log.read1(1):
                        self.notes.append(f"We read only its first {_megabytes(done)} MB.")
                    return
        except (EOFError, gzip.BadGzipFile, zlib.error):
            self.notes.append("The gz file is damaged or cut off; we read as far as possible.")


def _left_out(reader: LogReader, more: int) -> Iterator[str]:
    if more:
        yield f"Only the first {MOST_KEPT:,} failures are kept; {more:,} are not."
    if reader.undated:
        zones = ", ".join(sorted(reader.zones))
        written = f" The log uses {zones}: choose that time zone." if zones else ""
        yield f"{reader.undated:,} failures have no readable time.{written}"


def _megabytes(size: int) -> str:
    return f"{max(1, round(size / 1024**2)):,}"


_Cause = tuple[datetime | None, Signature | None, str | None, str | None]


def _counts(failures: Iterable[Failure], span: Span) -> Iterator[rows.FailureCount]:
    levels: dict[str, dict[_Cause, list[Failure]]] = {
        name: defaultdict(list) for name in ("bucket", "cause", "id")
    }
    for each in failures:
        cause = each.signature
        levels["bucket"][bucket(each.at, span), cause, None, None].append(each)
        levels["cause"][None, cause, None, None].append(each)
        if each.project_id is not None:
            levels["id"][None, None, each.project_id, cause.code].append(each)
    for level, groups in levels.items():
        yield from (_count(level, key, members) for key, members in groups.items())


def _count(level: str, key: _Cause, members: list[Failure]) -> rows.FailureCount:
    at, cause, project_id, code = key
    times = [each.at for each in members]
    return rows.FailureCount(
        level,
        at,
        cause.code if cause else code,
        cause.constraint if cause else None,
        cause.subject if cause else None,
        cause.operation if cause else None,
        project_id,
        len(members),
        len({each.project_id for each in members if each.project_id is not None}),
        min(times),
        max(times),
    )


def _gaps(span: Span) -> Iterator[rows.FailureCount]:
    hours = int((span.until - span.since) / timedelta(hours=1)) + 1
    moments = [span.since + timedelta(hours=number) for number in range(hours)]
    last = span.until - timedelta(microseconds=1)
    for at in sorted({bucket(min(each, last), span) for each in (*moments, last)}):
        yield rows.FailureCount("bucket", at, None, None, None, None, None, 0, 0, None, None)


def bucket(at: datetime, span: Span) -> datetime:
    """Find the beginning of the hour or day, in the span's zone, that a moment is in."""
    local = at.astimezone(ZoneInfo(span.zone))
    start = local.replace(minute=0, second=0, microsecond=0)
    return start if span.unit == "hour" else start.replace(hour=0, fold=0)
