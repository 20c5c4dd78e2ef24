"""Orphan candidates: rows that have lost, or never had, what they belong to."""

from datetime import UTC, datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.collect.orphans.scan import LastOrphans, measure
from dashboard.diagnose.nouns import Nouns
from dashboard.diagnose.orphans import KINDS, Orphans
from dashboard.diagnose.relationship import ChosenKey
from dashboard.environments import Environment
from dashboard.show.orphans import choice as orphan_choice
from dashboard.show.orphans import details, overview
from dashboard.show.orphans.choice import Choice
from dashboard.show.shared import configuration, links, relationship_choice, titles, trends
from dashboard.show.shared.escaping import escaped
from dashboard.view import SeenTask, ServedView

PATIENCE_S = 2.5  # the first viewer sees counts rather than an empty page


def page() -> None:
    served = configuration.require()
    environments = served.settings.environments
    chosen = relationship_choice.current(served)
    results = _chosen(served, chosen) if chosen else heading(served)
    choice, usual, served = orphan_choice.current(environments), served, served.along(chosen)
    overview.sentence(results, served.nouns)
    orphan_choice.wrong(environments)
    relationship_choice.draw(usual)
    orphan_choice.draw(environments, served.nouns)
    titles.show(shown_as(choice, served.nouns))
    shown = [each for each in results if choice.environment in (None, each.environment)]
    if choice.kind:
        details.draw(served, choice.kind, shown)
    else:
        overview.matrix(shown, served.nouns)
    overview.drawn(served, shown, (choice.kind,) if choice.kind else KINDS)
    if choice.kind and not chosen:  # of others no history is kept
        names = [each.environment.name for each in shown]
        title = f"{served.nouns.fill(choice.kind.title)} over time"
        trends.measure(served, title, measure(choice.kind.code), names)
    st.caption(migrations(choice.environment))
    if not (chosen or served.orphans.idle):
        st.fragment(wait, run_every=1.0)(served.orphans, results)


def shown_as(choice: Choice, nouns: Nouns) -> str:
    kind = nouns.fill(choice.kind.title) if choice.kind else "All kinds"
    return f"{kind} in {choice.environment.name}" if choice.environment else kind


def heading(served: ServedView) -> tuple[LastOrphans, ...]:
    """Draw title, age and button, and return what the page is about."""
    counting = served.orphans
    left, asked = _header(served)
    if asked:
        counting.refresh_now()
    if asked or not counting.attempted:
        counting.wait_until_idle(PATIENCE_S)
    return _titled(left, tuple(counting))


def _chosen(served: ServedView, key: ChosenKey) -> tuple[LastOrphans, ...]:
    """Do the same along another foreign key, which is counted when it is shown."""
    left, asked = _header(served)
    with st.spinner(f"Counting for {escaped(key.constraint)} …"):
        results = served.chosen.orphans(key, again=asked)
    return _titled(left, results)


def _header(served: ServedView) -> tuple[DeltaGenerator, bool]:
    header = st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    )
    with header:
        left = st.container(width="content", gap="xxsmall")
        return left, st.button(
            "Count again",
            icon=":material/refresh:",
            help="Count everywhere now",
            disabled=not served.may_ask_anew,
        )


def _titled(left: DeltaGenerator, results: tuple[LastOrphans, ...]) -> tuple[LastOrphans, ...]:
    with left:
        st.title("Orphan candidates", anchor=False)
        st.caption(overview.as_of(results, datetime.now(UTC)))
    return results


def migrations(chosen: Environment | None) -> str:
    """Lead to what is wrong with the constraint, its index and the ledger."""
    page = links.to("Migrations", "migrations", env=chosen.name if chosen else None)
    return f"Missing or unenforced constraints, invalid indexes and ledger problems are on {page}."


def wait(counting: SeenTask[Orphans], drawn: tuple[LastOrphans, ...]) -> None:
    """Draw the page again as soon as an environment has answered."""
    if tuple(counting) != drawn or counting.idle:
        st.rerun()


page()
