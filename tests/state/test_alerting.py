"""Alerts from what is judged to who is told, on both kinds of store; one alert for one episode."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from dashboard import serving
from dashboard.background import alerting, delivery
from dashboard.background.alerting import Alerting, try_out
from dashboard.cli import main
from dashboard.collect.result import LastResult
from dashboard.diagnose.facts import Kind, Unavailable
from dashboard.diagnose.finding import Finding, Fix, Severity
from dashboard.diagnose.health.report import EnvironmentHealth, HealthReport
from dashboard.environments import Environment
from dashboard.settings import Settings, SettingsError, load
from dashboard.state import (
    History,
    Noted,
    RecordedEnvironment,
    StateError,
    Store,
    database,
    sqlite,
)
from tests.state.entries import entry

STARTED = datetime(2027, 1, 15, 12, 0, tzinfo=UTC)
AWAY = Unavailable(Kind.REFUSED, "no")
FAILED = Finding("failed", Severity.ERROR, "A migration failed.", fix=Fix("Resolve it", ()))
NOWHERE = "postgresql://reader@127.0.0.1:1/nowhere"
CONNECTIONS = "".join(
    f'[connections.{name}]\nurl = "{NOWHERE}{name}"\n' for name in ("staging", "production")
)


class Clock:
    """The stores' own clock, for a test to move."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch
        self.set(STARTED)

    def set(self, now: datetime) -> None:
        self.now = now
        for each in (sqlite._Session, database._Session):
            self._patch.setattr(each, "now_ms", f"cast({now.timestamp() * 1000:.0f} as bigint)")

    def forward(self, minutes: float) -> None:
        self.set(self.now + timedelta(minutes=minutes))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@dataclass
class Judged:
    """Stands for the snapshots: what is judged now, all of it just asked.

    Of `unjudged` there is a newer answer, which nobody has judged yet.
    """

    settings: Settings
    found: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    attempted: bool = True
    unjudged: set[str] = field(default_factory=set)

    @property
    def checkup(self) -> HealthReport:
        healths = (
            EnvironmentHealth(
                each,
                tuple(replace(f, environment=each.name) for f in self.found.get(each.name, ())),
            )
            for each in self.settings.environments
        )
        return HealthReport(tuple(healths), ())

    def __getitem__(self, environment: Environment) -> LastResult[Any]:
        soon = datetime.now(UTC) + timedelta(seconds=30)  # it is not over when it is looked at
        newer = AWAY if environment.name in self.unjudged else None
        return LastResult(environment, failure=newer, tried_at=soon)


@dataclass
class Inbox:
    """Who is told; `down` are the URLs that take nothing now.

    `meanwhile` happens before anybody knows that it was taken.
    """

    told: list[tuple[str, str, str]] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    keys: list[str] = field(default_factory=list)
    lock: Any = field(default_factory=threading.Lock)
    meanwhile: Callable[[], None] = lambda: None

    def deliver(self, url: str, title: str, body: str, key: str) -> bool:
        with self.lock:
            self.keys.append(key)
            if url in self.down:
                return False
            self.told.append((url, title, body))
            self.meanwhile()
            return True

    @property
    def titles(self) -> list[str]:
        return [title for _, title, _ in self.told]


def configured(folder: Path, routes: str, more: str = "") -> Settings:
    path = folder / "alerts.toml"
    path.write_text(f"{CONNECTIONS}{more}{routes}")
    return load(path, environ={})


ROUTE = '[alerts]\nlink = "https://dash"\n[[alerts.route]]\nname = "on-call"\nurl = "json://one"\n'


@dataclass
class Stage:
    clock: Clock
    judged: Judged
    inbox: Inbox
    alertings: list[Alerting]

    def run(self, minutes: float, step: float = 1.0) -> None:
        """Let every process look once a minute."""
        for _ in range(round(minutes / step)):
            self.clock.forward(step)
            for each in self.alertings:
                each.turn()


MakeStage = Callable[..., Stage]


@pytest.fixture
def stage(store: Store, tmp_path: Path, clock: Clock) -> MakeStage:
    def make(routes: str = ROUTE, processes: int = 1) -> Stage:
        settings = configured(tmp_path, routes)
        judged, inbox = Judged(settings), Inbox()
        history = History(store)
        made = [
            Alerting(settings, store, history, judged, inbox.deliver)  # type: ignore[arg-type]
            for _ in range(processes)
        ]
        return Stage(clock, judged, inbox, made)

    return make


def test_three_processes_tell_one_episode_once(stage: MakeStage) -> None:
    on = stage(processes=3)
    on.run(2)
    on.judged.found["staging"] = (FAILED,)
    on.run(4)
    assert on.inbox.told == []
    on.run(10)
    assert on.inbox.titles == ["staging is critical"]
    assert on.inbox.told[0][2] == (
        "staging is critical since 2027-01-15 12:03 UTC:\n"
        "- A migration failed. Fix: Resolve it. "
        "https://dash/environment?env=staging&finding=failed"
    )
    on.judged.found.clear()
    on.run(15)
    assert on.inbox.titles == ["staging is critical", "staging has recovered"]


def test_three_at_the_same_moment_tell_it_once(stage: MakeStage) -> None:
    on = stage(processes=3)
    on.judged.found["staging"] = (FAILED,)
    on.judged.found["production"] = (FAILED,)
    for _ in range(8):
        on.clock.forward(1)
        threads = [threading.Thread(target=each.turn) for each in on.alertings]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert on.inbox.titles == ["production is critical; staging is critical"]


def test_an_answer_is_judged_before_anybody_is_told(stage: MakeStage) -> None:
    on = stage()
    on.judged.found["staging"] = (FAILED,)
    on.judged.unjudged.add("staging")
    on.run(20)
    assert on.inbox.titles == []
    on.judged.unjudged.clear()
    on.run(8)
    assert on.inbox.titles == ["staging is critical"]


def test_whoever_decided_and_died_is_replaced(stage: MakeStage) -> None:
    on = stage(processes=2)
    on.judged.found["staging"] = (FAILED,)
    on.run(3)
    del on.alertings[0]
    on.run(4)
    assert on.inbox.titles == ["staging is critical"]


def test_what_was_told_is_remembered_after_a_restart(stage: MakeStage) -> None:
    on = stage()
    on.judged.found["staging"] = (FAILED,)
    on.run(10)
    again = stage()
    again.judged.found["staging"] = (FAILED,)
    again.run(20)
    assert (on.inbox.titles, again.inbox.titles) == (["staging is critical"], [])


def test_it_is_tried_again_until_somebody_takes_it(stage: MakeStage) -> None:
    on = stage(ROUTE.replace('"json://one"', '["json://one", "json://two"]'), processes=2)
    on.judged.found["staging"] = (FAILED,)
    on.inbox.down.add("json://two")
    on.run(8, 0.25)
    assert [url for url, _, _ in on.inbox.told] == ["json://one"]
    on.inbox.down.clear()
    on.run(15, 0.25)
    assert [url for url, _, _ in on.inbox.told] == ["json://one", "json://two"]


class Killed(BaseException):
    """Ends a process where it is: nothing more is noted."""


def test_a_killed_process_leaves_it_to_another_who_says_so(stage: MakeStage) -> None:
    """One that turns meanwhile is a message of its own: the first is told again as it was."""
    on = stage(processes=2)

    def die() -> None:
        on.inbox.meanwhile = lambda: None
        raise Killed

    on.inbox.meanwhile = die
    on.judged.found["staging"] = (FAILED,)
    with pytest.raises(Killed):
        on.run(8)
    del on.alertings[0]
    on.judged.found["production"] = (FAILED,)
    on.run(0.75, 0.25)
    assert on.inbox.titles == ["staging is critical"]
    on.run(15, 0.25)
    (_, first, body), (_, again, repeated), *later = on.inbox.told
    assert again == f"{first} (may have been told before)"
    assert repeated == (
        "This may have been told before: what became of it at 12:06:00 UTC was not noted.\n" + body
    )
    assert [title for _, title, _ in later] == ["production is critical"]
    assert on.inbox.keys[0] == on.inbox.keys[1] != on.inbox.keys[2]


def test_what_was_told_while_it_could_not_be_noted_is_told_once(
    stage: MakeStage, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever told it is there, and notes it before anybody tells it again."""
    on = stage(processes=2)

    def away(*_: object) -> None:
        raise StateError("away")

    def lose() -> None:
        on.inbox.meanwhile = lambda: None
        monkeypatch.setattr(store, "writing", away)

    on.inbox.meanwhile = lose
    on.judged.found["staging"] = (FAILED,)
    for each in on.alertings * 20:
        on.clock.forward(0.25)
        with suppress(StateError):
            each.turn()
    assert on.inbox.titles == ["staging is critical"]
    monkeypatch.undo()
    on.clock.set(on.clock.now)
    on.alertings.reverse()  # the other one is back first
    on.run(10, 0.25)
    assert on.inbox.titles == ["staging is critical"]


def test_whoever_ends_lets_be_taken_what_it_tells(
    stage: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerting, "EVERY_S", 0.01)
    on = stage(processes=2)
    begun, taken = threading.Event(), threading.Event()

    def slowly() -> None:
        begun.set()
        assert taken.wait(60)

    on.inbox.meanwhile = slowly
    on.judged.found["staging"] = (FAILED,)
    on.run(3)
    on.clock.forward(5)
    on.alertings[0].start()
    assert begun.wait(60)
    threading.Timer(0.2, taken.set).start()
    on.alertings[0].close()
    del on.alertings[0]
    on.run(10)
    assert on.inbox.titles == ["staging is critical"]


def test_in_quiet_hours_nobody_is_told_before_they_end(stage: MakeStage) -> None:
    quiet = 'quiet = "12:00-14:00"\nzone = "Europe/London"\n'
    on = stage(ROUTE + quiet)
    on.judged.found["staging"] = (FAILED,)
    on.run(60)
    on.judged.found["production"] = (FAILED,)
    on.run(59)
    assert on.inbox.told == []
    on.run(2)
    assert on.inbox.titles == ["production is critical; staging is critical"]


def test_a_morning_tells_what_changed_since_yesterday(stage: MakeStage, store: Store) -> None:
    on = stage(ROUTE + 'digest = "12:30"\nseverities = ["warning"]\n', processes=2)
    places = [RecordedEnvironment(n, d.place) for n, d in on.judged.settings.databases.items()]
    before = datetime.now(UTC) - timedelta(days=1, minutes=5)
    pending = Noted("pending", "warning")
    History(store).append(*(entry(before, pending, place=place) for place in places))
    on.judged.found["staging"] = (FAILED,)
    on.run(60)
    assert on.inbox.titles == ["since yesterday"]
    assert on.inbox.told[0][2].splitlines() == [
        "Since yesterday:",
        "- new: A migration failed.",
        "- resolved: pending in staging and production",
    ]
    on.run(23 * 60, 10.0)
    assert len(on.inbox.told) == 1
    on.run(60)
    assert len(on.inbox.told) == 2


def test_routes_are_about_what_they_say(stage: MakeStage) -> None:
    more = '[[alerts.route]]\nname = "leads"\nurl = "json://two"\nroles = ["production"]\n'
    on = stage(ROUTE + more)
    on.judged.found["staging"] = (FAILED,)
    on.run(10)
    assert [url for url, _, _ in on.inbox.told] == ["json://one"]
    on.judged.found["production"] = (FAILED,)
    on.run(10)
    assert [url for url, _, _ in on.inbox.told] == ["json://one", "json://one", "json://two"]


class Receiver(BaseHTTPRequestHandler):
    answers: list[int]
    received: list[dict[str, Any]]

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"]))
        self.received.append(json.loads(content))
        self.send_response(self.answers.pop(0) if self.answers else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[ThreadingHTTPServer]:
    pytest.importorskip("apprise")
    Receiver.answers, Receiver.received = [], []
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_apprise_delivers_and_tells_no_secret(
    receiver: ThreadingHTTPServer,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(0)
    url = f"json://user:geheim1@127.0.0.1:{receiver.server_port}/geheim2"
    settings = configured(tmp_path, ROUTE.replace("json://one", url))
    (route,) = settings.alerts.routes
    Receiver.answers[:] = [500, 200]
    assert try_out(route) == [False]
    assert try_out(route) == [True]
    assert Receiver.received[1]["title"] == "Test of the route on-call"
    path = str(tmp_path / "alerts.toml")
    assert main(["alert", "--test", "--config", path]) == 0
    assert main(["alert", "--test", "--route", "other", "--config", path]) == 2
    receiver.shutdown()
    receiver.server_close()
    assert main(["alert", "--test", "--config", path]) == 1
    output = capsys.readouterr()
    assert "on-call: delivered" in output.out
    assert "on-call: not delivered" in output.out
    assert "geheim" not in output.out + output.err + caplog.text + repr(settings)
    assert settings.redact(f"x {url}") == "x ***"


@pytest.mark.parametrize(
    ("url", "name", "named"),
    [
        ("pagerduty://token@key", "dedup", "a key"),
        ("pagerduty://token@key?dedup=ours", "dedup", "ours"),
        ("pagerduty://token@key?action=map", "dedup", None),  # closes what the same text opened
        ("json://host", "headers", {"Idempotency-Key": "a key"}),
        ("json://host?+Idempotency-Key=ours", "headers", {"Idempotency-Key": "ours"}),
        ("slack://TokenA123/TokenB123/TokenC1234567890123456/#ops", "dedup", None),
    ],
)
def test_who_can_tell_one_message_by_its_key_is_given_it(
    url: str, name: str, named: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    apprise = pytest.importorskip("apprise")
    sent: list[Any] = []
    monkeypatch.setattr(apprise.Apprise, "notify", lambda self, **_: sent.extend(self) or True)
    assert delivery.deliver(url, "title", "body", "a key")
    (service,) = sent
    assert getattr(service, name, None) == named


@pytest.mark.parametrize(
    ("routes", "sentence"),
    [
        ('[alerts]\nlinks = "x"\n', "[alerts] links is not known; did you mean link?"),
        ("[[alerts.route]]\nname = 'a'\n", "number 1 needs url; say where to"),
        ("[[alerts.route]]\nurl = 'json://geheim'\n", "number 1 needs name"),
        (ROUTE + 'severities = ["bad"]\n', "severities must be one of error, warning"),
        (ROUTE + 'quiet = "22-7"\n', 'quiet must be hours of the day such as "22:00-07:00".'),
        (ROUTE + 'zone = "Berlin"\n', 'zone must be a time zone such as "Europe/Berlin".'),
        (ROUTE + 'digest = "8"\n', 'digest must be a time of the day such as "08:30".'),
        (ROUTE + ROUTE.partition("\n[[")[2].join(["[[", ""]), "two routes of one name"),
        ("[alert]\nlink = 'x'\n", "[alert] is not known; did you mean [alerts]?"),
    ],
)
def test_a_wrong_route_is_refused_without_its_url(
    tmp_path: Path, routes: str, sentence: str
) -> None:
    with pytest.raises(SettingsError) as told:
        configured(tmp_path, routes)
    assert sentence in str(told.value)
    assert "geheim" not in str(told.value)


def test_a_url_that_apprise_does_not_know_is_refused_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("apprise")
    settings = configured(tmp_path, ROUTE.replace("json://one", "geheim://token"))
    (mistake,) = delivery.mistakes(settings.alerts)
    assert "on-call: url is none that Apprise can use" in mistake
    assert "geheim" not in mistake
    monkeypatch.setenv("DASHBOARD_CONFIG", str(tmp_path / "alerts.toml"))
    serving.stop()
    with pytest.raises(SettingsError, match="on-call: url is none"):
        serving.current()


def test_without_the_extra_it_is_said_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise ModuleNotFoundError(name="apprise")

    monkeypatch.setattr(delivery, "_apprise", missing)
    settings = configured(tmp_path, ROUTE)
    assert [*delivery.mistakes(settings.alerts)] == [delivery.EXTRA]
    assert [*delivery.mistakes(configured(tmp_path, "").alerts)] == []
