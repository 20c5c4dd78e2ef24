"""Tells people what `diagnose/alerts.py` decides: in a thread of its own, once over all processes.

What was decided is kept before it is told, and told again until somebody takes it. Before it is
told that is noted, too, and afterwards what became of it:

| between the two                        | is told again                                     |
| -------------------------------------- | ------------------------------------------------- |
| nothing happens                        | not                                               |
| the process is ended                   | not: it finishes first                            |
| what is kept goes away                 | not: what became of it is noted when it is back   |
| the process is killed                  | with the same key, and says that it may be so     |
"""

import hashlib
import json
import logging
import secrets
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from dashboard.access.counters import NOTIFICATIONS
from dashboard.background import delivery
from dashboard.background.snapshots import Snapshot, SnapshotStore
from dashboard.background.yesterday import known_then
from dashboard.collect.result import LastResult
from dashboard.diagnose import alerts, words
from dashboard.diagnose.alerts import Message, Notice, Quiet, Remembered, Told, Turn, Wanted
from dashboard.diagnose.health.causes import Cause
from dashboard.diagnose.health.changes import Changes, changes
from dashboard.diagnose.health.report import EnvironmentHealth, HealthReport
from dashboard.settings import Settings
from dashboard.settings.alerts import Route
from dashboard.state import (
    Decision,
    Due,
    History,
    Notices,
    RecordedEnvironment,
    StateError,
    Store,
)
from queries.records import dataclass

EVERY_S = 15.0
LATELY = timedelta(minutes=6)  # the rarest look at an environment that is away is every five
WAITS_S = (5.0, 30.0, 120.0, 600.0, 1800.0)
MOST_TRIES = 40  # the last ones half an hour apart: most of a day
NOTED_S = 60.0  # so rarely it is written down that nothing has changed
FINISHES_S = 5.0  # whoever ends lets what is being told be taken
DIGEST = "digest "  # no environment is called so: what is remembered of the mornings

Deliver = Callable[[str, str, str, str], bool]

log = logging.getLogger("dashboard")


@dataclass(frozen=True, slots=True)
class Target:
    """One URL of a route: told by itself, so that none is told twice because another failed."""

    route: Route
    number: int

    @property
    def name(self) -> str:
        return f"{self.route.name} {self.number}"

    @property
    def url(self) -> str:
        return self.route.urls[self.number]


class Alerting:
    """`deliver` sends a title and a text to a URL, with a key, and says whether that was taken."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        history: History | None,
        snapshots: SnapshotStore,
        deliver: Deliver = delivery.deliver,
    ) -> None:
        self._settings = settings
        self._history = history
        self._snapshots = snapshots
        self._deliver = deliver
        self._notices = Notices(store, secrets.token_hex(8))
        self._unnoted: list[Callable[[], None]] = []
        self._away = False  # what is kept was, the last time
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    @property
    def routes(self) -> tuple[Route, ...]:
        return self._settings.alerts.routes

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join(FINISHES_S)

    def test(self, route: Route) -> bool:
        """Send a message that says it is a test, to every URL of a route."""
        return all(try_out(route, self._deliver))

    def turn(self) -> None:
        """Decide what is to be told, and tell what is due.

        Where what is kept was away, each process first notes what it told, and none tells anything.
        """
        was_away, self._away = self._away, False
        try:
            self._note()
            self._take_turn(() if was_away else self._targets)
        except StateError:
            self._away = True
            raise

    @property
    def _targets(self) -> Sequence[Target]:
        return [Target(each, number) for each in self.routes for number in range(len(each.urls))]

    def _take_turn(self, targets: Sequence[Target]) -> None:
        report = self._snapshots.checkup
        for route in self.routes:
            if report and self._snapshots.attempted:
                self._decide(route, report)
        for target in targets:
            self._tell(target)

    def _run(self) -> None:
        while not self._closed.wait(EVERY_S):
            try:
                self.turn()
            except StateError:
                continue  # every page says so, and what is due stays so
            except Exception:
                log.exception("Alerts could not be decided or told.")

    def _decide(self, route: Route, report: HealthReport) -> None:
        wanted = _wanted(route)
        with self._notices.deciding(route.name) as decision:
            if decision is None:
                return
            for health in report.environments:
                last = self._snapshots[health.environment]
                if wanted.covers(health) and _is_newest(last, report):
                    self._step(route, decision, wanted, health, last)
            if route.digest:
                self._digest(route, decision, report)

    def _step(
        self,
        route: Route,
        decision: Decision,
        wanted: Wanted,
        health: EnvironmentHealth,
        last: LastResult[Snapshot],
    ) -> None:
        name = health.environment.name
        ago = datetime.now(UTC) - last.tried_at if last.tried_at else timedelta.max
        written = decision.remembered.get(name)
        before = _remembered(written) if written else Remembered()
        seen = alerts.seen_by(wanted, health, lately=ago < LATELY)
        seen = replace(seen, asked_ago_s=max(0.0, ago.total_seconds()))
        after, notice = alerts.step(seen, before, decision.now_s)
        if replace(after, at=before.at) != before or after.at - before.at > NOTED_S:
            decision.remember(name, json.dumps(asdict(after)))
        if notice:
            self._keep(route, decision, asdict(notice))

    def _keep(self, route: Route, decision: Decision, body: dict[str, object]) -> None:
        written = json.dumps(body, sort_keys=True)
        due_s = decision.now_s
        now = datetime.fromtimestamp(due_s, ZoneInfo(route.zone))
        if route.quiet and (ends := Quiet(*route.quiet).ends(now)):
            due_s = ends.timestamp()
        for number in range(len(route.urls)):
            target = Target(route, number).name
            id_ = hashlib.sha256(f"{target} {written}".encode()).hexdigest()
            decision.tell(id_, target, due_s, written)

    def _digest(self, route: Route, decision: Decision, report: HealthReport) -> None:
        """Tell once a morning what has changed since yesterday, if anything has."""
        now = datetime.fromtimestamp(decision.now_s, ZoneInfo(route.zone))
        before = decision.remembered.get(DIGEST)
        over = route.digest is not None and now.time() >= route.digest
        if before and (not over or before == str(now.date())):
            return
        decision.remember(DIGEST, str(now.date()) if over else "none yet")
        changed = self._since_yesterday(report) if before else None
        if changed and (changed.new or changed.resolved):
            day = f"{now.date()}"
            self._keep(route, decision, {"digest": day, "lines": _digest_lines(changed)})

    def _since_yesterday(self, report: HealthReport) -> Changes | None:
        if self._history is None:
            return None
        places = [
            RecordedEnvironment(name, each.place) for name, each in self._settings.databases.items()
        ]
        found = self._history.found_then(datetime.now(UTC) - timedelta(days=1), places)
        return changes(report, known_then(found), self._settings.environments)

    def _tell(self, target: Target) -> None:
        due = self._notices.claim(target.name)
        if not due:
            return
        message = _message(due, self._settings.alerts.link)
        taken = self._deliver(target.url, message.title, message.body, _key(due))
        tries = max(each.tries for each in due) + 1
        result = "delivered" if taken else "failed" if tries < MOST_TRIES else "given-up"
        NOTIFICATIONS.labels(result).inc()
        if result == "given-up":
            log.error("Nobody could be told on route %s: %s", target.route.name, message.title)
        again = partial(self._notices.later, due, WAITS_S[min(tries, len(WAITS_S)) - 1])
        over = partial(self._notices.told, due)
        self._unnoted.append(again if result == "failed" else over)
        self._note()

    def _note(self) -> None:
        """Note what became of what was told, now or when that can be written again."""
        while self._unnoted:
            self._unnoted[0]()
            del self._unnoted[0]


def _is_newest(last: LastResult[Snapshot], report: HealthReport) -> bool:
    """Whether the last answer was judged; else the next turn decides."""
    said = last.failure or (last.value and last.value.facts)
    return report.facts.get(last.environment) is said


def _key(due: Iterable[Due]) -> str:
    """Name a message by what it is about: the same one again has the same name."""
    return hashlib.sha256(" ".join(each.id for each in due).encode()).hexdigest()


def try_out(route: Route, deliver: Deliver = delivery.deliver) -> list[bool]:
    """Send a test to every URL of a route, and say of each whether it was taken."""
    title = f"Test of the route {route.name}"
    body = "The deployment dashboard can tell you here what turns bad, and that it has recovered."
    return [deliver(url, title, body, secrets.token_hex(8)) for url in route.urls]


def _wanted(route: Route) -> Wanted:
    return Wanted(
        route.environments,
        frozenset(route.roles),
        frozenset(route.severities),
        route.codes,
        route.silent,
    )


def _remembered(written: str) -> Remembered:
    read = json.loads(written)
    told, candidate = (Turn(read[key]) if read[key] else None for key in ("told", "candidate"))
    turns = tuple((at, bad) for at, bad in read["turns"])
    codes = tuple(read["codes"])
    return Remembered(
        told, read["told_at"], codes, candidate, read["since"], turns=turns, at=read["at"]
    )


def _message(due: Sequence[Due], link: str | None) -> Message:
    begun_s = due[0].begun_s
    message = _composed(due, link)
    return message if begun_s is None else alerts.perhaps_again(message, begun_s)


def _composed(due: Iterable[Due], link: str | None) -> Message:
    """Put all that is due into one; the lines of a morning come last."""
    bodies = [json.loads(each.body) for each in due]
    mornings = [each for each in bodies if "digest" in each]
    notices = [_notice(each) for each in bodies if "digest" not in each]
    told = alerts.message(notices, link)
    if not mornings:
        return told
    lines = tuple(line for each in mornings for line in each["lines"])
    title = "; ".join(filter(None, (told.title, "since yesterday")))
    return Message(title, (*told.lines, "Since yesterday:", *lines))


def _notice(body: dict[str, object]) -> Notice:
    found = tuple(Told(**each) for each in body.pop("found"))  # type: ignore[attr-defined]
    turn = Turn(str(body.pop("turn")))
    return Notice(turn, found=found, **body)  # type: ignore[arg-type]  # as it was written


def _digest_lines(changed: Changes) -> list[str]:
    new = [f"- new: {_cause(each)}" for each in changed.new]
    gone = [
        f"- resolved: {code} in {words.listed([*names])}"
        for code, names in changed.resolved.items()
    ]
    return [*new, *gone]


def _cause(cause: Cause) -> str:
    more = len(cause.environments) - 1
    also = f" (and {words.count(more, 'more environment')})" if more > 0 else ""
    return f"{words.line(cause.first.summary)}{also}"
