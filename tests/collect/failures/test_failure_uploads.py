"""An uploaded log: counted like a source, unpacked, bounded, and honest about what it left out."""

import gzip
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.collect.failure_sources import Cursor, Span
from dashboard.collect.failures import uploads
from dashboard.collect.failures.sources import newest
from dashboard.collect.failures.uploads import Upload, counted, listed, read
from dashboard.diagnose.failures import LogReader
from dashboard.diagnose.paste import Sought
from dashboard.show.frames.failures import by_cause, by_environment, causes, code_of, top_ids

START = datetime(2026, 11, 20, tzinfo=UTC)
SOUGHT = Sought("deployments_projectId_fkey")
SPAN = Span(START, START + timedelta(days=3), "day", "Europe/Berlin")
LINE = (
    '{at} UTC [1] ERROR:  insert or update on table "deployments" violates foreign key constraint'
    ' "deployments_projectId_fkey"\n'
    '{at} UTC [1] DETAIL:  Key (projectId)=({id}) is not present in table "Project".\n'
)


def line(hours: float, identifier: str = "ghost") -> str:
    at = START + timedelta(hours=hours)
    return LINE.format(at=f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}", id=identifier)


def upload(text: str | bytes, zone: str = "UTC") -> Upload:
    content = text.encode() if isinstance(text, str) else text
    reader = LogReader("staging", "upload 1: x.log", SOUGHT, ZoneInfo(zone))
    return read(io.BytesIO(content), reader, "x.log", lambda _: None)


LOG = line(1, "a") + line(23.5, "b") + line(23.6, "b") + line(80, "late")


def test_is_counted_like_a_source() -> None:
    answer = counted(upload(LOG), SPAN, 0)
    assert answer.total == 3
    (group,) = answer.groups("staging")
    assert (group.failures, group.ids) == (3, 2)
    assert "1 failures are outside" in answer.source.says
    frame = by_environment({"staging": [answer], "local": []}, None, SPAN.zone)
    assert list(frame.columns) == ["staging"]
    assert frame["staging"].tolist() == [1, 2, 0, 0]  # 23:30 UTC is the next day in Berlin
    assert frame.attrs["utc"][1] == "2026-11-20 23:00 UTC"
    assert by_cause({"staging": [answer]}, "P2003", SPAN.zone).empty
    assert top_ids({"staging": [answer]}, None, 1) == [("staging", "b", 2)]
    assert [code_of(each.signature.code) for each in causes({"staging": [answer]})] == ["23503"]


def test_every_hour_has_a_bucket() -> None:
    hourly = Span(START, START + timedelta(days=2), "hour", "Asia/Kolkata")
    buckets = {each.bucket for each in counted(upload(LOG), hourly, 0).level("bucket")}
    assert len(buckets) == 49  # the first and the last one are halves


@pytest.mark.parametrize("most", [1, 2, 5])
def test_pages_lose_nothing(most: int) -> None:
    log = upload("".join(line(n // 3, f"p{n}") for n in range(20)))
    found, after = [], None
    while rows := newest(listed([log], SPAN, None, after), most):
        found += [failure.project_id for _, failure in rows]
        after = Cursor(rows[-1][1].at, rows[-1][0])
    assert sorted(found, key=str) == sorted((f"p{n}" for n in range(20)), key=str)
    assert list(newest(listed([log], SPAN, "P2003", None), 9)) == []


def test_a_gz_is_unpacked_and_a_damaged_one_read_as_far_as_it_goes() -> None:
    packed = gzip.compress((LOG * 400).encode())
    whole = upload(packed)
    assert (len(whole.failures), whole.notes) == (1_600, ())
    cut = upload(packed[: len(packed) // 2])
    assert 0 < len(cut.failures) < 1_600
    assert "damaged or cut off" in cut.notes[0]


def test_reading_ends_even_where_a_small_gz_would_keep_it_busy_for_hours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uploads, "MOST_S", 0.0)
    found = upload(gzip.compress(LOG.encode() + b"\n" * 3 * uploads.CHUNK))
    assert len(found.failures) == 4
    assert found.entries < uploads.CHUNK
    assert "We read only its first 1 MB" in found.notes[0]


def test_what_was_left_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_KEPT", 2)
    monkeypatch.setattr(uploads, "MOST_UNPACKED", 10)
    assert "2 are not" in upload(LOG).notes[-1]
    undated = upload(LOG.replace("UTC", "IST"))
    assert undated.failures == ()
    assert "4 failures have no readable time" in undated.notes[-1]
    assert "uses IST" in undated.notes[-1]
    assert len(upload(LOG.replace("UTC", "IST"), "Asia/Kolkata").failures) == 2


def test_nothing_in_it_is_nothing() -> None:
    empty = upload(b"")
    assert (empty.failures, empty.entries, empty.notes) == ((), 0, ())
    assert counted(empty, SPAN, 0).total == 0
