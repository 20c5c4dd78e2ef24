"""What a card says of failures and of orphans, over their truth tables."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.background.snapshots import Snapshot
from dashboard.collect.failure_sources import Source, SourceKind, SourceState
from dashboard.collect.failures.sources import Counted, Failures, of_health
from dashboard.collect.result import LastResult
from dashboard.diagnose.finding import Severity
from dashboard.diagnose.orphans import KINDS, Count, KindCount, Orphans, Precision
from dashboard.diagnose.orphans.counts import unknown
from dashboard.show.health import card_lines, cards
from dashboard.show.health.card_lines import Told
from dashboard.show.migrations.states import progress
from dashboard.show.shared import freshness, severities
from queries.rows import FailureCount, LogReach
from tests.diagnose.builders import DOWN, LOCAL, STAGING
from tests.diagnose.migrations.ledgers import A, B, C, folder, row, view
from tests.diagnose.reports import found, health, silent
from tests.show.test_frames import NOON, counted, snapshot

NOW = datetime.now(UTC)
SPAN = of_health(NOW)
WRONG = next(each for each in KINDS if each.severity is Severity.ERROR)
NOTED = next(each for each in KINDS if each.severity is Severity.INFO)


def source(kind: SourceKind, number: int, reach: datetime | None = None) -> Counted:
    told = Source(kind, kind.value, SourceState.ON, "")
    bucket = FailureCount("bucket", NOW, None, None, None, None, None, number, 0, NOW, NOW)
    return Counted(told, (bucket,), (), LogReach(reach, 1, 1) if reach else None)


def failures(*sources: Counted, off: bool = False) -> Told:
    states = [each.source for each in sources]
    if off:
        states.append(Source(SourceKind.LOG, "log", SourceState.OFF, "no grant"))
    said = Failures(STAGING, NOW, SPAN, tuple(states), sources, ())
    return card_lines.failures(LastResult(STAGING, said))


WHOLE, SHORT = SPAN.since - timedelta(days=1), NOW - timedelta(minutes=10)


def test_failures_are_as_many_as_the_sources_can_tell() -> None:
    own, log, status = SourceKind.TABLE, SourceKind.LOG, SourceKind.STATUS
    assert failures() == card_lines.NOT_COLLECTED
    assert failures(source(own, 4)) == Told("**4**", 4)
    assert failures(source(log, 1_027, WHOLE)).number == 1_027
    short = failures(source(log, 27, SHORT))
    assert (short.number, short.note[:6], "≥ 27" in short.badge) == (27, "since ", True)
    assert failures(source(status, 3)) == Told("**≥ 3**", 3, "at least")
    assert failures(source(own, 3), off=True).note == "at least"
    assert failures(source(own, 0)) == card_lines.NO_FAILURES
    assert failures(source(log, 0, SHORT)) == card_lines.NONE_SEEN
    assert failures(source(own, 0), off=True) == card_lines.NOT_KNOWN
    assert card_lines.failures(LastResult(STAGING, failure=DOWN)) == card_lines.NOT_KNOWN
    assert card_lines.failures(LastResult(STAGING)) == card_lines.ASKING


@pytest.mark.parametrize("told", [failures(source(SourceKind.TABLE, 4)), card_lines.NO_FAILURES])
def test_failures_have_no_colour_of_a_status(told: Told) -> None:
    assert "badge" not in told.badge


SOME, ZERO = Count(Precision.EXACT, 7), Count(Precision.EXACT, 0)


def orphans(wrong: Count, noted: Count, **more: tuple[str, ...]) -> Told:
    kinds = {WRONG: KindCount(WRONG, given=wrong), NOTED: KindCount(NOTED, given=noted)}
    said = Orphans(STAGING, NOW, 1.0, kinds, **more)
    return card_lines.orphans(LastResult(STAGING, said))


def test_orphans_are_what_their_page_lists() -> None:
    many = Count(Precision.EXACT, 762)
    assert orphans(ZERO, ZERO) == card_lines.NONE
    reviewed = orphans(ZERO, many)
    assert (reviewed.number, reviewed.note) == (0, "762 to review")
    assert "green" not in reviewed.badge
    assert orphans(SOME, ZERO) == Told(":red-badge[7]", 7)
    both = orphans(SOME, many)
    assert (both.number, both.note, "762 to review" in both.badge) == (7, "762 to review", True)
    assert orphans(unknown("slow"), many).number is None
    assert "unknown" in orphans(unknown("slow"), many).badge
    assert orphans(ZERO, unknown("slow")) == card_lines.NOT_KNOWN
    assert orphans(ZERO, ZERO, hidden=("uploads",)) == card_lines.NOT_KNOWN
    assert card_lines.orphans(LastResult(STAGING, failure=DOWN)) == card_lines.NOT_KNOWN
    assert card_lines.orphans(LastResult(STAGING)) == card_lines.ASKING


def test_what_the_folder_does_not_have_is_counted_apart_and_is_not_green() -> None:
    names = folder(A, B)
    ahead = progress(health("local", view(row(A), row(B), row(C), reference=names)))
    assert (ahead.words, "orange" in ahead.badge) == ("2/2 +1", True)
    whole = progress(health("local", view(row(A), row(B), reference=names)))
    assert (whole.words, "green" in whole.badge) == ("2/2", True)
    edited = view(row(A, recorded="0" * 64), row(B), reference=names)
    assert "orange" in progress(health("local", edited)).badge


def test_a_status_is_that_of_the_judgement_alone() -> None:
    ledger = view(row(A))
    status = severities.status_of
    assert status(None) is severities.ASKING
    assert status(silent("staging", DOWN)) is severities.NOT_REACHED
    assert status(health("staging", ledger)) is severities.NO_PROBLEMS
    noted = found("environment-copy", Severity.INFO)
    assert status(health("staging", ledger, noted)) is severities.NO_PROBLEMS
    assert severities.badge_of(noted) is severities.NOTE
    grave = found("failed", Severity.ERROR)
    assert status(health("staging", ledger, grave)).word == "Critical"


def test_the_age_of_a_page_is_that_of_what_answered() -> None:
    fresh = snapshot("local", counted(), NOON)
    stale = snapshot("preview", counted(), NOON - timedelta(minutes=9))
    dead: LastResult[Snapshot] = replace(stale, failure=DOWN)
    waiting: LastResult[Snapshot] = LastResult(LOCAL)
    later = NOON + timedelta(seconds=20)
    assert freshness.as_of([fresh], later) == "Updated 20 s ago. Refreshes every minute."
    told = freshness.as_of([fresh, dead], later)
    assert told == "Updated 20 s ago (no answer from preview). Refreshes every minute."
    assert "local: no answer yet" in freshness.as_of([stale, waiting], later)
    assert freshness.as_of([waiting], later).startswith("Nothing was answered yet")


def test_one_that_hangs_is_said_to_be_asked_again() -> None:
    asked: LastResult[Snapshot] = LastResult(STAGING, asking=True, asked_at=NOW)
    assert not cards.retrying(asked, NOW + timedelta(seconds=1))
    assert cards.retrying(asked, NOW + timedelta(seconds=3))
    assert not cards.retrying(replace(asked, asking=False), NOW + timedelta(seconds=3))
