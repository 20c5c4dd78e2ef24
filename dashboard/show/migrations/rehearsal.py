"""The migrations still to come, rehearsed: what deploying makes of them, and what they lock."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

import streamlit as st

from dashboard.diagnose.health.ahead import Coming, Outlook, coming, grouped
from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.environments import Environment
from dashboard.show.migrations.ledger_table import short
from dashboard.show.shared import alike, configuration, lazy_expander, telling
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.lazy_expander import LazyExpander

FEW = 5  # of several alike it is one entry
MOST_NAMES = 3
MOST_LOCKS = 5
STOPPED = (Outlook.FAILED, Outlook.FAILS)
BADGES = {
    Outlook.FAILED: ":red-badge[:material/error: {}]",
    Outlook.FAILS: ":red-badge[:material/error: {}]",
    Outlook.UNKNOWN: ":gray-badge[:material/help: {}]",
    Outlook.PASSES: ":green-badge[:material/check: {}]",
    Outlook.NOT_REACHED: ":gray-badge[:material/remove: {}]",
}

Entry = tuple[list[str], Coming]


def draw(healths: Sequence[EnvironmentHealth]) -> None:
    """Draw nothing where nothing is to come."""
    to_come = {each.environment: tuple(coming(each)) for each in healths}
    waiting = [each for each in healths if to_come[each.environment]]
    if not waiting:
        return
    with st.container(border=True):
        st.header("Pending migrations, rehearsed", anchor=False)
        st.caption(
            "Each is run, in order, on an empty copy of the environment's schema; whether rows "
            "would stop it is asked of the rows as they are now. Locks last until it ends."
        )
        groups = alike.grouped(waiting, lambda each: to_come[each.environment])
        for group in groups[: alike.MOST]:
            environment = group[0].environment
            _of_one(environment.name, alike.plain_names(group), to_come[environment])
            if any(one.too_slow for one in to_come[environment]):
                _long_questions(environment)
        if more := groups[alike.MOST :]:
            st.caption(f"{alike.left_out(more)}: choose one above.")


def _of_one(name: str, called: str, to_come: Sequence[Coming]) -> None:
    """Show what stops, else the first that nobody can tell; of many the others are folded."""
    st.markdown(f"**{called}**   {_counts(to_come)}")
    entries = [*grouped(to_come)]
    if len(entries) <= FEW:
        _list(entries)
        return
    stopped = [each for each in entries if each[1].outlook in STOPPED]
    unknown = [each for each in entries if each[1].outlook is Outlook.UNKNOWN]
    _list(stopped or unknown[:1] or entries[:1])
    label = f"All {len(to_come)}, in their order"
    lazy_expander.draw([LazyExpander(label, f"pending {name}", partial(_list, entries))])


def _counts(to_come: Sequence[Coming]) -> str:
    counted = Counter(each.outlook for each in to_come)
    return " ".join(
        badge.format(f"{counted[each]} {each}") for each, badge in BADGES.items() if counted[each]
    )


def _list(entries: Sequence[Entry]) -> None:
    st.markdown("\n\n".join("  \n".join(_lines(*each)) for each in entries))


def _long_questions(environment: Environment) -> None:
    questions = configuration.view().long_questions
    running = questions.running(environment)
    st.button(
        "Asking, for up to 15 minutes" if running else "Ask for as long as it takes",
        key=f"long questions {environment.name}",
        icon=":material/manage_search:",
        help="Reads whole tables in the background, one environment's at a time",
        disabled=running or not questions.may_start(environment),
        on_click=_start,
        args=(environment,),
    )


def _start(environment: Environment) -> None:
    """Ask what they may do now: the page may have been drawn long ago."""
    questions = configuration.view().long_questions
    if questions.may_start(environment):
        telling.scanning(environment, "pending migrations")
        questions.start(environment)


def _lines(names: Sequence[str], each: Coming) -> Iterator[str]:
    shown = ", ".join(_broken(name) for name in names[:MOST_NAMES])
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    yield f"{BADGES[each.outlook].format(each.outlook)} {shown}{more}"
    for remark in _remarks(each):
        yield f":small[{escaped(remark)}]"


def _remarks(each: Coming) -> Iterator[str]:
    if each.why:
        yield each.why
    locks = each.locks or ()
    yield from locks[:MOST_LOCKS]
    if (more := len(locks) - MOST_LOCKS) > 0:
        yield f"{more} more locks"


def _broken(name: str) -> str:
    """Let a long name go on in the next line, where a word of it begins."""
    return "\\_\u200b".join(map(escaped, short(name).split("_")))
