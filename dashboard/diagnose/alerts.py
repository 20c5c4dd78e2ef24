"""When something is told of an environment: once that it turned bad, once that it is well again.

| an environment                        | is told                                     |
| ------------------------------------- | ------------------------------------------- |
| is bad for five minutes               | once                                        |
| is bad for more than half of fifteen  | once, as going back and forth               |
| is bad, and then has one code more    | once more                                   |
| is well for five minutes after that   | once                                        |
| does not answer for fifteen minutes   | once; what was told before is not over      |
| was not asked since that time is over | nothing yet: it may have changed            |
| stays so                              | every day                                   |
| is muted                              | nothing, not even that it is over           |

Nothing here waits or asks what time it is: `now` is in seconds, and what is remembered is given
back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase

from dashboard.diagnose import words
from dashboard.diagnose.finding import SEVERITY_WORDS, Finding, Severity
from dashboard.diagnose.health.report import WORST_FIRST, EnvironmentHealth
from queries.records import dataclass

SETTLED_S = 300.0
SILENT_S = 900.0
WINDOW_S = 900.0
AGAIN_S = 24 * 3600.0
UNWATCHED_S = 300.0  # when nobody looked for so long, what seemed to begin begins anew
NAMED = 3


class Turn(StrEnum):
    BAD = "bad"
    SILENT = "silent"
    RECOVERED = "recovered"


class Condition(StrEnum):
    """`UNKNOWN`: it answers, and not all could be judged, or nobody has looked lately."""

    BAD = "bad"
    GOOD = "good"
    SILENT = "silent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Seen:
    """How an environment was when it was asked last, as far as a route is about it.

    `muted` are codes.
    """

    environment: str
    condition: Condition
    findings: tuple[Finding, ...] = ()
    muted: frozenset[str] = frozenset()
    asked_ago_s: float = 0.0

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(each.code for each in self.findings)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is remembered of an environment between two looks.

    `codes` are those that were told. `candidate`: what it seems to turn into, `since` when without
    interruption. `turns` are the moments at which it became bad, or was so no longer.
    """

    told: Turn | None = None
    told_at: float = 0.0
    codes: tuple[str, ...] = ()
    candidate: Turn | None = None
    since: float = 0.0
    turns: tuple[tuple[float, bool], ...] = ()
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Told:
    """One finding, as a message has it."""

    code: str
    severity: str
    summary: str
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be said of one environment; `since` is in seconds, too."""

    turn: Turn
    environment: str
    since: float
    found: tuple[Told, ...] = ()
    again: bool = False
    flapping: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a route is about: names of environments and codes may have a *."""

    environments: tuple[str, ...] = ("*",)
    roles: frozenset[str] = frozenset()
    severities: frozenset[str] = frozenset({Severity.ERROR.value})
    codes: tuple[str, ...] = ("*",)
    silent: bool = True

    def covers(self, health: EnvironmentHealth) -> bool:
        place = health.environment
        named = any(fnmatchcase(place.name, each) for each in self.environments)
        return named and (not self.roles or place.role.value in self.roles)

    def wants(self, finding: Finding) -> bool:
        """Whether it is told of a finding; what says that an environment is silent is another."""
        named = any(fnmatchcase(finding.code, each) for each in self.codes)
        return named and finding.severity.value in self.severities and not finding.only_notes


def seen_by(wanted: Wanted, health: EnvironmentHealth, *, lately: bool) -> Seen:
    """Judge what a route is about.

    | looked at lately | answers | wanted findings | status  | condition |
    | ---------------- | ------- | --------------- | ------- | --------- |
    | no               | -       | -               | -       | unknown   |
    | yes              | no      | -               | -       | silent    |
    | yes              | yes     | some            | -       | bad       |
    | yes              | yes     | none            | unknown | unknown   |
    | yes              | yes     | none            | other   | good      |
    """
    found = tuple(e for e in (*health.findings, *health.between) if wanted.wants(e))
    muted = frozenset(each.code for each in health.muted)
    name = health.environment.name
    if not lately:
        return Seen(name, Condition.UNKNOWN)
    if health.unavailable:
        silent = wanted.silent and bool(health.findings)
        condition = Condition.SILENT if silent else Condition.UNKNOWN
        return Seen(name, condition, health.findings, muted)
    if found:
        return Seen(name, Condition.BAD, found, muted)
    unknown = health.status is Severity.UNKNOWN
    return Seen(name, Condition.UNKNOWN if unknown else Condition.GOOD, (), muted)


def step(seen: Seen, before: Remembered, now: float) -> tuple[Remembered, Notice | None]:
    """Take a look, and give what is to be remembered and said because of it."""
    if before.at and now - before.at > UNWATCHED_S:
        before = replace(before, candidate=None, turns=())
    before = replace(before, at=now, turns=_turns(seen, before.turns, now))
    if seen.condition is not Condition.SILENT and before.told and _all_muted(seen, before):
        return Remembered(turns=before.turns, at=now), None
    turn = _turn(seen, before)
    if turn is None:  # as it was told: whatever seemed to begin is over
        return _reminded(seen, replace(before, candidate=None), now)
    since = before.since if before.candidate is turn else now
    before = replace(before, candidate=turn, since=since)
    # what was so when it was asked last may be over: a dead one is asked every five minutes
    known_until = now - seen.asked_ago_s
    bad_s = _bad_s(before.turns, known_until)
    flapping = turn is Turn.BAD and before.told is None and bad_s > WINDOW_S / 2
    if known_until - since < _wait_s(turn) and not flapping:
        return before, None
    return _told(turn, seen, before, now), Notice(
        turn, seen.environment, since, _found(seen), flapping=flapping and since > now - SETTLED_S
    )


def _all_muted(seen: Seen, before: Remembered) -> bool:
    """Whether somebody muted all that was told, rather than mended it."""
    return bool(before.codes) and not seen.findings and seen.muted >= {*before.codes}


def _told(turn: Turn, seen: Seen, before: Remembered, now: float) -> Remembered:
    kept = before.codes if before.told is Turn.BAD else ()
    if turn is Turn.RECOVERED:  # what was bad before is over, and no sign of going back and forth
        return Remembered(told_at=now, turns=((now, False),), at=now)
    return Remembered(turn, now, tuple(sorted({*kept, *seen.codes})), turns=before.turns, at=now)


def _turn(seen: Seen, before: Remembered) -> Turn | None:
    """Tell what the environment is about to turn into; None where that was told.

    | condition | told      | turn                            |
    | --------- | --------- | ------------------------------- |
    | bad       | bad       | bad, where there is another code |
    | bad       | other     | bad                             |
    | good      | something | recovered                       |
    | good      | nothing   | -                               |
    | silent    | nothing   | silent                          |
    | silent    | something | -                               |
    | unknown   | any       | -                               |
    """
    match seen.condition:
        case Condition.BAD:
            worse = seen.codes - {*before.codes}
            return Turn.BAD if before.told is not Turn.BAD or worse else None
        case Condition.GOOD:
            return Turn.RECOVERED if before.told else None
        case Condition.SILENT:
            return None if before.told else Turn.SILENT
        case Condition.UNKNOWN:
            return None


def _wait_s(turn: Turn) -> float:
    return SILENT_S if turn is Turn.SILENT else SETTLED_S


def _reminded(seen: Seen, before: Remembered, now: float) -> tuple[Remembered, Notice | None]:
    if before.told is None or now - before.told_at < AGAIN_S:
        return before, None
    notice = Notice(before.told, seen.environment, before.told_at, _found(seen), again=True)
    return replace(before, told_at=now), notice


def _turns(
    seen: Seen, turns: tuple[tuple[float, bool], ...], now: float
) -> tuple[tuple[float, bool], ...]:
    """Keep when it became bad and no longer known to be, as far as the window reaches."""
    bad = seen.condition is Condition.BAD
    if not turns or turns[-1][1] is not bad:
        turns = (*turns, (now, bad))
    within = tuple(each for each in turns if each[0] > now - WINDOW_S)
    earlier = turns[len(turns) - len(within) - 1 :][:1] if len(within) < len(turns) else ()
    return (*earlier, *within)


def _bad_s(turns: Sequence[tuple[float, bool]], now: float) -> float:
    """Count how long it was bad within the window."""
    ends = [*(at for at, _ in turns[1:]), now]
    return sum(
        end - max(at, now - WINDOW_S) for (at, bad), end in zip(turns, ends, strict=True) if bad
    )


def _found(seen: Seen) -> tuple[Told, ...]:
    ordered = sorted(seen.findings, key=lambda each: WORST_FIRST.index(each.severity))
    return tuple(
        Told(each.code, each.severity.value, each.summary, each.fix.title if each.fix else None)
        for each in ordered
    )


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the day in which nobody is told; they may go over midnight."""

    start: time
    end: time

    def ends(self, now: datetime) -> datetime | None:
        """Return when the quiet hours that it is in are over; None where it is in none."""
        over = self.start > self.end
        at = now.time()
        within = at >= self.start or at < self.end if over else self.start <= at < self.end
        if not within:
            return None
        day = now.date() + timedelta(days=1 if over and at >= self.start else 0)
        return datetime.combine(day, self.end, now.tzinfo)


@dataclass(frozen=True, slots=True)
class Message:
    title: str
    lines: tuple[str, ...] = ()

    @property
    def body(self) -> str:
        return "\n".join(self.lines)


def message(notices: Sequence[Notice], link: str | None) -> Message:
    """Put all that is to be told at once into one message, the gravest first."""
    order = (Turn.BAD, Turn.SILENT, Turn.RECOVERED)
    sorted_ = sorted(notices, key=lambda each: (order.index(each.turn), each.environment))
    sayings = [f"{each.environment} {_saying(each)}" for each in sorted_]
    more = len(sayings) - NAMED
    shown = [*sayings[:NAMED], *([f"and {more} more"] if more > 0 else [])]
    return Message("; ".join(shown), tuple(line for each in sorted_ for line in _lines(each, link)))


def perhaps_again(message: Message, begun: float) -> Message:
    """Say of a message that somebody began to tell it, and did not note whether it was taken."""
    at = datetime.fromtimestamp(begun, UTC).strftime("%H:%M:%S UTC")
    why = f"This may have been told before: what became of it at {at} was not noted."
    return Message(f"{message.title} (may have been told before)", (why, *message.lines))


def _saying(notice: Notice) -> str:
    if notice.turn is Turn.RECOVERED:
        return "has recovered"
    still = "still " if notice.again else ""
    if notice.turn is Turn.SILENT:
        return f"{still}does not answer"
    worst = next(iter(notice.found), None)
    word = SEVERITY_WORDS[Severity(worst.severity)].lower() if worst else "critical"
    said = {"attention": "needs attention"}.get(word, f"is {still}{word}")
    return f"{said}, on and off" if notice.flapping else said


def _lines(notice: Notice, link: str | None) -> Iterable[str]:
    since = datetime.fromtimestamp(notice.since, UTC).strftime("%Y-%m-%d %H:%M UTC")
    place = f" {link}/environment?env={_quoted(notice.environment)}" if link else ""
    if notice.turn is Turn.RECOVERED or not notice.found:
        yield f"{notice.environment} {_saying(notice)} since {since}.{place}"
        return
    yield f"{notice.environment} {_saying(notice)} since {since}:"
    for each in notice.found:
        at = f"{place}&finding={each.code}" if place else ""
        fix = f" Fix: {each.fix}." if each.fix else ""
        yield f"- {words.line(each.summary)}{fix}{at}"


def _quoted(name: str) -> str:
    """Escape what a name may have; letters, digits, _ - and . are all there are."""
    return name.replace("%", "%25").replace("&", "%26")
