"""What every environment says of its failures, and the logs that the viewer uploaded."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.collect.catalog import Definitions
from dashboard.collect.collector import Collector
from dashboard.collect.failure_sources import Cursor, Span
from dashboard.collect.failures.sources import (
    FAILURES,
    Failures,
    Page,
    PageRequest,
    newest,
    page,
)
from dashboard.collect.failures.uploads import Upload, counted, inside, listed
from dashboard.diagnose.facts import Unavailable
from dashboard.diagnose.failures import Burst, Failure, densest
from dashboard.environments import Environment
from dashboard.show.failures.filters import Filters
from dashboard.show.frames.failures import Of
from dashboard.show.shared import clock
from dashboard.view import SeenFailures
from queries.records import dataclass

UPLOADS = "failures-uploads"


@dataclass(frozen=True, slots=True)
class ShownFailures:
    """`by` has every environment in the order of the settings."""

    span: Span
    by: Mapping[Environment, Failures | Unavailable]
    uploads: tuple[Upload, ...] = ()

    def counted(self, filters: Filters) -> Of:
        """Take what each environment's sources and uploads counted."""
        return {
            each.name: (
                *(answer.counted if isinstance(answer, Failures) else ()),
                *(
                    counted(upload, self.span, number)
                    for number, upload in enumerate(self.uploads)
                    if upload.environment == each.name
                ),
            )
            for each, answer in self.by.items()
            if filters.environment in (None, each.name)
        }

    def bursts(self, window: timedelta) -> Iterator[Burst]:
        """Yield the densest moments of every source and upload."""
        for answer in self.by.values():
            yield from answer.bursts if isinstance(answer, Failures) else ()
        for upload in self.uploads:
            yield from densest(inside(upload, self.span), window)


def ask(shared: SeenFailures, filters: Filters, *, again: bool = False) -> ShownFailures:
    """Return what somebody asked less than a minute ago, or ask again."""
    asked = shared.answers(filters.days, clock.zone(), again=again)
    return ShownFailures(asked.span, asked.by, tuple(st.session_state.get(UPLOADS, ())))


@dataclass(frozen=True, slots=True)
class Listing:
    """Failures one by one, newest first, and who did not answer."""

    failures: tuple[tuple[str, Failure], ...]
    missing: tuple[str, ...]


def list_page(
    collector: Collector,
    answers: ShownFailures,
    filters: Filters,
    question: PageRequest,
) -> Listing:
    """Read one page out of every source of the environments chosen."""
    chosen = tuple(
        each
        for each, answer in answers.by.items()
        if filters.environment in (None, each.name) and isinstance(answer, Failures)
    )
    definitions = Definitions(each.name for each in chosen)
    ask = partial(page, collector, question=question, definitions=definitions)
    found = dict(collector.fleet.run(ask, FAILURES, chosen))
    uploads = [each for each in answers.uploads if filters.environment in (None, each.environment)]
    pages = [each for each in found.values() if isinstance(each, Page)]
    pages += listed(uploads, question.span, question.code, question.after)
    missing = [each.name for each, answer in found.items() if isinstance(answer, Unavailable)]
    missing += [
        f"{each.name} ({source.label})"
        for each, answer in found.items()
        if isinstance(answer, Page)
        for source in answer.missing
    ]
    return Listing(newest(pages, question.most), tuple(missing))


def local(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"


def place_of(listing: Listing) -> Cursor | None:
    """Say where the next page begins."""
    if not listing.failures:
        return None
    identifier, last = listing.failures[-1]
    return Cursor(last.at, identifier)
