"""What viewers share: asked once a minute, however many zones their browsers claim."""

from datetime import timedelta

import pytest

from dashboard import serving
from dashboard.collect.failures.plan import Span
from dashboard.show.failures import answers
from dashboard.show.failures.answers import MOST_ZONES, ZONES, Shared

CLAIMED = [each for each in ZONES if each.startswith("Europe/")][: MOST_ZONES + 4]


@pytest.mark.usefixtures("served")
class TestShared:
    def spans(self, shared: Shared, zones: list[str]) -> list[Span]:
        collector = serving.current().collector
        return [shared.answers(collector, 7, each, again=False).span for each in zones]

    def test_a_client_that_claims_every_zone_makes_few_questions(self) -> None:
        shared = Shared()
        first = self.spans(shared, CLAIMED)
        assert [each.zone for each in first[:MOST_ZONES]] == CLAIMED[:MOST_ZONES]
        assert {each.zone for each in first[MOST_ZONES:]} == {"UTC"}
        assert len({each.until for each in first}) == MOST_ZONES + 1
        assert self.spans(shared, CLAIMED) == first

    def test_a_zone_that_nobody_uses_any_more_makes_room(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shared = Shared()
        self.spans(shared, CLAIMED[:MOST_ZONES])
        monkeypatch.setattr(answers, "KEPT", timedelta(0))
        last = CLAIMED[-1:]
        assert [each.zone for each in self.spans(shared, last)] == last
