"""All kinds in all environments: one sentence, one table, two charts."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import streamlit as st

from dashboard.collect.orphans.scan import LastOrphans
from dashboard.diagnose.finding import Severity
from dashboard.diagnose.health.report import WORST_FIRST
from dashboard.diagnose.nouns import Nouns
from dashboard.diagnose.orphans import KINDS, KindCount, OrphanKind, Orphans, Precision
from dashboard.diagnose.orphans.kinds import cross_environment_orphan
from dashboard.diagnose.words import count, listed, some
from dashboard.show import charts, frames
from dashboard.show.shared import alike, bars, dense, links, notices, relationship_choice
from dashboard.show.shared.ages import age, clock
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.severities import BADGES
from dashboard.view import ServedView

NOT_ASKED = ":gray-badge[:material/cloud_off: not checked]"
ASKING = ":gray-badge[:material/hourglass_empty: counting]"
NOTHING_TO_DRAW = "There is nothing to draw."
NOT_THERE = ":gray[–]"
CANDIDATES = {
    Severity.ERROR: ("red", BADGES[Severity.ERROR].icon),
    Severity.WARNING: ("orange", BADGES[Severity.WARNING].icon),
}


def sentence(results: Sequence[LastOrphans], nouns: Nouns) -> None:
    """Say what there is; green only where every kind was counted or ruled out everywhere."""
    seen = [each.value for each in results if each.value and not each.failure]
    silent = [each for each in results if each.failure]
    waiting = [each for each in results if not each.failure and not each.value]
    grave = _places(seen, Severity.ERROR, nouns)
    worrying = _places(seen, Severity.WARNING, nouns)
    notes = [*_notes(silent, _uncounted(seen))]
    if grave or worrying:
        draw = st.error if grave else st.warning
        icon = BADGES[Severity.ERROR if grave else Severity.WARNING].icon
        draw("\n".join(notes) or _REST, title=_found(grave, worrying), icon=icon)
    elif notes:
        st.warning("\n".join(notes), title="Some counts are unknown", icon=":material/help:")
    elif waiting:
        st.info("Counting …", icon=":material/hourglass_empty:")
    else:
        everywhere = count(len(seen), "environment")
        st.success(_REST, title=f"No problems in {everywhere}", icon=":material/check_circle:")


def _notes(silent: Sequence[LastOrphans], uncounted: list[str]) -> Iterator[str]:
    """Say of which environments not all is known, and why: once for those it is the same of."""
    why: dict[str, list[str]] = {}
    for each in silent:
        reason = each.failure.message if each.failure else "not counted yet"
        if len(silent) > alike.MANY:  # the address that stands before it is nobody else's
            reason = reason.rpartition(": ")[2]
        why.setdefault(reason, []).append(each.environment.name)
    if uncounted:
        why["not everything could be counted"] = uncounted
    for reason, names in why.items():
        yield f"- **{escaped(some(names))}**: {escaped(reason)}."


_REST = "All others are candidates that are normal in small numbers."


def _places(seen: Sequence[Orphans], severity: Severity, nouns: Nouns) -> dict[str, list[str]]:
    """Name, by environment, the kinds of a severity that have rows."""
    found = {
        each.environment.name: [
            nouns.fill(kind.title)
            for kind, counted in each.kinds.items()
            if kind.severity is severity and counted.count.number
        ]
        for each in seen
    }
    return {name: titles for name, titles in found.items() if titles}


def _found(grave: dict[str, list[str]], worrying: dict[str, list[str]]) -> str:
    """Name the gravest kinds and where they are, and how many others there are."""
    kinds = _titles(grave or worrying)
    where = escaped(some(list(grave or worrying)))
    what = "critical kind" if grave else "kind"
    others = len(_titles(worrying)) if grave else 0
    more = f"; {count(others, 'other kind needs', 'other kinds need')} attention" if others else ""
    named = escaped(listed(sorted(kinds)))
    return f"{count(len(kinds), what)} of orphans in {where}: {named}{more}"


def _titles(places: dict[str, list[str]]) -> set[str]:
    return {title for titles in places.values() for title in titles}


def _uncounted(seen: Sequence[Orphans]) -> list[str]:
    """Name who could not count every kind; where lost projects live is for the others to say."""
    return [
        each.environment.name
        for each in seen
        if each.hidden
        or any(
            counted.count.number is None
            for kind, counted in each.kinds.items()
            if kind is not cross_environment_orphan.KIND
        )
    ]


def as_of(results: Sequence[LastOrphans], now: datetime) -> str:
    tried = [each.tried_at for each in results if each.tried_at]
    if not tried:
        return "Counting for the first time …"
    oldest = min(tried)
    busy = " Counting again …" if any(each.asking for each in results) else ""
    return f"As of {clock(oldest)}, {age(oldest, now)}.{busy}"


def matrix(
    results: Sequence[LastOrphans], nouns: Nouns, kinds: Sequence[OrphanKind] = KINDS
) -> None:
    """Draw one row per kind that any environment's schema has; of many, one per environment."""
    shown = [kind for kind in kinds if any(_applies(each, kind) for each in results)]
    if shown and len(results) > alike.MANY:
        _dense(results, nouns, shown)
        return
    table = {
        "Kind": [_link(escaped(nouns.fill(kind.title)), kind) for kind in shown],
        **{
            links.to_environment(each.environment.name): [
                _link(cell(each, kind), kind, each.environment.name) for kind in shown
            ]
            for each in results
        },
    }
    if shown:
        st.table(table, border="horizontal", hide_index=True)
    else:
        st.info("Nothing has been counted yet.", icon=":material/hourglass_empty:")


def _dense(results: Sequence[LastOrphans], nouns: Nouns, kinds: Sequence[OrphanKind]) -> None:
    """Put those first that have most of what is gravest; a click leads to the environment."""
    ranked = sorted(results, key=lambda each: _badness(each, kinds))
    dense.draw(
        "orphans",
        [each.environment.name for each in ranked],
        {
            nouns.fill(kind.title): [plain(each, kind) for each in ranked]
            for kind in sorted(kinds, key=lambda each: WORST_FIRST.index(each.severity))
        },
        {},
        f"Orphan candidates of {count(len(ranked), 'environment')}, the worst first",
    )


def _badness(last: LastOrphans, kinds: Sequence[OrphanKind]) -> tuple[int, int, int]:
    if last.value is None:
        return len(WORST_FIRST), 0, last.environment.role.rank
    counted = [last.value.of(kind) for kind in kinds]
    some_of = [each for each in counted if each.applies and each.count.number]
    worst = min((WORST_FIRST.index(each.kind.severity) for each in some_of), default=-1)
    if worst < 0:
        return len(WORST_FIRST) - 1, 0, last.environment.role.rank
    rows = sum(
        each.count.number or 0 for each in some_of if WORST_FIRST.index(each.kind.severity) == worst
    )
    return worst, -rows, last.environment.role.rank


def plain(last: LastOrphans, kind: OrphanKind) -> str:
    """Word a cell where only text can be shown; an older count says that it is old."""
    if last.value is None:
        return "not checked" if last.failure else "counting"
    counted = last.value.of(kind)
    if not counted.applies:
        return "–"
    words = counted.count.words
    if counted.count.none:
        words = "impossible" if counted.count.precision is Precision.PROOF else "none"
    return f"{words} (earlier)" if last.failure else words


def _only(kinds: Sequence[OrphanKind]) -> str | None:
    return kinds[0].code if len(kinds) == 1 else None


def _address(name: str | None, code: str | None) -> str:
    return links.href("orphans", env=name, kind=code, **relationship_choice.params())


def _one_of(names: Sequence[str], name: str) -> str | None:
    """Choose the environment of a bar; the others of a chart are all of them."""
    return name if name in names else None


def _link(label: str, kind: OrphanKind, name: str | None = None) -> str:
    """Lead to the rows of a kind, along the foreign key that is shown."""
    if label == NOT_THERE:
        return label
    return f"[{label}]({_address(name, kind.code)})"


def _applies(last: LastOrphans, kind: OrphanKind) -> bool:
    return bool(last.value and last.value.of(kind).applies)


def cell(last: LastOrphans, kind: OrphanKind) -> str:
    """Give a kind's badge in one environment; an older count says that it is old."""
    if last.value is None:
        return NOT_ASKED if last.failure else ASKING
    stale = " :gray[earlier]" if last.failure else ""
    return f"{badge(last.value.of(kind))}{stale}"


def badge(counted: KindCount) -> str:
    """Green only for what was counted to the end or is ruled out.

    | count             | badge                                  |
    | ----------------- | -------------------------------------- |
    | not in the schema | none, a dash                           |
    | by proof          | green, by proof                        |
    | exactly none      | green, none                            |
    | unknown           | gray                                   |
    | some              | the kind's colour; info kinds are blue |
    """
    if not counted.applies:
        return NOT_THERE
    found = counted.count
    if found.precision is Precision.UNKNOWN:
        return ":gray-badge[:material/help: unknown]"
    if found.none:
        words = "impossible" if found.precision is Precision.PROOF else "none"
        return f":green-badge[:material/check: {words}]"
    colour, icon = CANDIDATES.get(counted.kind.severity, ("blue", ":material/info:"))
    return f":{colour}-badge[{icon} {escaped(found.words)}]"


def drawn(served: ServedView, results: Sequence[LastOrphans], kinds: Sequence[OrphanKind]) -> None:
    """Chart the numbers by kind, and how old the rows are; a colour stays its environment's."""
    ranked = frames.ranked(served.settings.environments)
    orphans = [each.value for each in results if each.value]
    frame = frames.few(frames.orphans_per_kind(orphans, served.nouns), ranked)
    ages = frames.few(frames.orphan_ages(orphans, kinds), ranked)
    colours = charts.colours(list(frame.columns), ranked)
    missing = [each.environment.name for each in results if not each.value]
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(border=True):
        st.header("Candidates per kind", anchor=False)
        if frame.empty:
            st.caption(NOTHING_TO_DRAW)
        else:
            titles = {served.nouns.fill(kind.title): kind.code for kind in KINDS}
            bars.draw(
                charts.orphans_per_kind(frame, colours),
                "orphans per kind",
                "Orphan candidates per kind and environment, on a logarithmic scale",
                lambda bar: _address(
                    _one_of(ranked, frame.columns[bar[0]]), titles[str(frame.index[bar[1]])]
                ),
            )
        notices.not_in_chart(missing)
    with right, st.container(border=True):
        st.header("When they were made", anchor=False)
        if not ages.to_numpy().any():
            st.caption(NOTHING_TO_DRAW)
        else:
            bars.draw(
                charts.orphan_ages(ages, charts.colours(list(ages.columns), ranked)),
                "orphan ages",
                "Orphan candidates by age and environment",
                lambda bar: _address(_one_of(ranked, ages.columns[bar[0]]), _only(kinds)),
            )
        notices.not_in_chart(missing)
