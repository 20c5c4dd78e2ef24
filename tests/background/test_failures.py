"""What viewers share: asked once a minute, however many come and whatever zones they claim."""

import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import pytest

from dashboard.background import failures
from dashboard.background.failures import MOST_ZONES, FailureAnswers, SharedFailures
from dashboard.collect.catalog import CatalogReader
from dashboard.collect.collector import Collector
from dashboard.collect.failure_sources import Span
from dashboard.diagnose.facts import Catalog, Unavailable
from dashboard.postgres import Conversation
from tests.asking import configured
from tests.conftest import MakeDatabase

EUROPE = [each for each in sorted(available_timezones()) if each.startswith("Europe/")]
CLAIMED = EUROPE[: MOST_ZONES + 4]


class Counting(CatalogReader):
    """Takes its time, and knows how often it was asked."""

    asked = 0

    def read(self, *asked: Any) -> Conversation[Catalog | Unavailable]:
        self.asked += 1
        time.sleep(0.02)
        return super().read(*asked)


@pytest.fixture
def collector(make_database: MakeDatabase, tmp_path: Path) -> Iterator[Collector]:
    settings = configured(tmp_path, {"staging": make_database().reader_url})
    with contextlib.closing(Collector(settings)) as made:
        made.catalogs = Counting(settings)
        yield made


def asked(collector: Collector) -> int:
    assert isinstance(collector.catalogs, Counting)
    return collector.catalogs.asked


@pytest.fixture
def shared(collector: Collector) -> SharedFailures:
    return SharedFailures(collector)


def spans(shared: SharedFailures, zones: list[str]) -> list[Span]:
    return [shared.answers(7, each).span for each in zones]


def test_a_client_that_claims_every_zone_makes_few_questions(shared: SharedFailures) -> None:
    first = spans(shared, CLAIMED)
    assert [each.zone for each in first[:MOST_ZONES]] == CLAIMED[:MOST_ZONES]
    assert {each.zone for each in first[MOST_ZONES:]} == {"UTC"}
    assert len({each.until for each in first}) == MOST_ZONES + 1
    assert spans(shared, CLAIMED) == first


def test_a_zone_that_nobody_uses_any_more_makes_room(
    shared: SharedFailures, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans(shared, CLAIMED[:MOST_ZONES])
    monkeypatch.setattr(failures, "KEPT", timedelta(0))
    last = CLAIMED[-1:]
    assert [each.zone for each in spans(shared, last)] == last


def test_those_who_come_meanwhile_wait_for_the_first(
    collector: Collector, shared: SharedFailures
) -> None:
    seen: list[FailureAnswers] = []
    viewers = [
        threading.Thread(target=lambda: seen.append(shared.answers(7, "UTC"))) for _ in range(10)
    ]
    for each in viewers:
        each.start()
    for each in viewers:
        each.join()
    assert asked(collector) == 1
    assert len(seen) == 10
    assert {id(each) for each in seen} == {id(seen[0])}


def test_asking_again_has_a_limit(
    collector: Collector, shared: SharedFailures, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.answers(7, "UTC")
    shared.answers(7, "UTC", again=True)
    assert asked(collector) == 1
    monkeypatch.setattr(failures, "AT_MOST_EVERY", timedelta(0))
    shared.answers(7, "UTC")
    assert asked(collector) == 1
    shared.answers(7, "UTC", again=True)
    assert asked(collector) == 2
