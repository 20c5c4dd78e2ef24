"""Many ids: one sentence, how many of each verdict, and a table that leads to each."""

import time
from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.collect.collector import Collector
from dashboard.diagnose.health.report import WORST_FIRST
from dashboard.diagnose.lookup import digest
from dashboard.diagnose.lookup.digest import RESULT_WORDS, Judged, Tally
from dashboard.diagnose.lookup.many import headlines
from dashboard.diagnose.paste import MOST_IDS, Paste
from dashboard.diagnose.words import count, listed
from dashboard.environments import Environment
from dashboard.show import charts, downloads, frames
from dashboard.show.lookup import copying, title
from dashboard.show.shared import address, clipboard, picking, telling, titles
from dashboard.show.shared.address import Address
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.findings import BOXES
from dashboard.show.shared.severities import BADGES

FEW = 5  # a chart of fewer ids would say less than the table
LAZY = 2_000  # lines from which on a table is sent as it is scrolled
OPEN = "Open"
LINK = "Link"
CLICKED = "open one of many"
CHART = "ids per verdict"
CHOSEN = "verdict of many"
_COLOURS = {RESULT_WORDS[severity]: each.colour for severity, each in BADGES.items()}


def draw(collector: Collector, paste: Paste, target: Environment) -> None:
    if len(paste.ids) > MOST_IDS:
        too_many()
        return
    titles.show(title.of_many(len(paste.ids), target.name))
    started = time.perf_counter()
    with st.spinner(f"Asking every environment for {len(paste.ids):,} IDs …"):
        seen = collector.evidence_of_all(paste.split(), target)
        judged = list(zip(seen, headlines(seen), strict=True))
    seconds = time.perf_counter() - started
    telling.looked_up(judged, seconds)
    tallies = digest.tally(judged)
    _sentence(judged, tallies)
    environments = count(len(collector.settings.environments), "environment")
    notes = f" Read from your text: {escaped(listed(paste.notes))}." if paste.notes else ""
    st.caption(f"{environments} checked for every ID in {seconds:.2f} s.{notes}")
    _table(frames.verdicts(judged), tallies, target.name)
    _caveats(judged)


def too_many() -> None:
    st.error(
        f"Look up at most {MOST_IDS:,} at a time: split the list.",
        title="Too many IDs",
        icon=":material/error:",
    )


def expired() -> None:
    st.warning(
        "A list of IDs is kept for a day. Paste the IDs again to look them up.",
        title="This link has expired",
        icon=":material/link_off:",
    )


def _sentence(judged: Sequence[Judged], tallies: Sequence[Tally]) -> None:
    worst = min((each.severity for each in tallies), key=WORST_FIRST.index)
    counted = digest.places(judged)
    icon = BADGES[worst].icon
    BOXES[worst](counted or " ", title=escaped(digest.sentence(judged)), icon=icon)


@st.fragment
def _table(frame: pd.DataFrame, tallies: Sequence[Tally], target: str) -> None:
    """Show the lines that the filters leave; only this is drawn again when they change."""
    shown = frame
    if len(frame) > FEW:
        with st.container(border=True):
            st.header("Verdicts", anchor=False)
            st.plotly_chart(
                charts.per_verdict(frames.tallies(tallies)),
                key=CHART,
                on_select=partial(_filter, {each.code for each in tallies}),
                selection_mode="points",
                config={"displayModeBar": False},
                alt="How many IDs have each verdict",
            )
            shown = _filtered(frame, tallies)
    st.dataframe(
        _with_links(shown, target),
        key="verdicts of many",
        hide_index=True,
        column_order=["ID", OPEN, *(each for each in shown.columns if each != "ID"), LINK],
        column_config=_columns(),
        lazy=len(shown) > LAZY or None,
        alt="The verdict on each ID, and where it was found",
    )
    _open_clicked(shown, target)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.download_button(
            "Download CSV",
            data=telling.downloading(
                f"verdicts of {target}",
                lambda: downloads.to_csv(list(shown.columns), shown.itertuples(index=False)),
            ),
            file_name=f"lookup-{target}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        clipboard.draw({"Link": copying.link(address.current())}, "copy the look-ups")
        st.caption(f"{len(shown):,} of {len(frame):,} IDs", width="content")


def _filtered(frame: pd.DataFrame, tallies: Sequence[Tally]) -> pd.DataFrame:
    severities = list(dict.fromkeys(RESULT_WORDS[each.severity] for each in tallies))
    codes = list(dict.fromkeys(each.code for each in tallies))
    words = st.pills("Result", severities, selection_mode="multi", key="severity of many")
    chosen = st.pills("Verdict", codes, selection_mode="multi", key=CHOSEN)
    kept = frame["Result"].isin(words or severities) & frame["Verdict"].isin(chosen or codes)
    return frame[kept]


def _filter(codes: Collection[str]) -> None:
    """Show what a bar stands for; of what any other client sends, nothing."""
    points = st.session_state[CHART]["selection"]["points"]
    st.session_state[CHOSEN] = [each["y"] for each in points if each.get("y") in codes]


def _with_links(frame: pd.DataFrame, target: str) -> pd.DataFrame:
    """Add what leads to each ID; the table's own download goes to spreadsheets, as ours does."""
    shown = frame.copy()
    shown["ID"] = [downloads.cell(each) for each in frame["ID"]]
    shown["Result"] = [[each] for each in frame["Result"]]
    shown[LINK] = [copying.link(Address(each, target)) for each in frame["ID"]]
    shown[OPEN] = OPEN
    return shown


def _columns() -> dict[str, Any]:
    words = list(_COLOURS)
    return {
        "ID": st.column_config.TextColumn(pinned=True, width=230),
        "Result": st.column_config.MultiselectColumn(
            options=words, color=[_COLOURS[each] for each in words], width=100
        ),
        "Summary": st.column_config.TextColumn(width="large"),
        LINK: st.column_config.LinkColumn(
            display_text=":material/open_in_new:",
            help="Opens the look-up of this ID alone in another tab",
            width=60,
        ),
        OPEN: st.column_config.ButtonColumn(
            key=CLICKED,
            help="Opens the whole verdict here, with this ID's own error",
            width=80,
        ),
    }


def _open_clicked(frame: pd.DataFrame, target: str) -> None:
    clicked = st.session_state.get(CLICKED)
    row = picking.row([clicked["row"]], len(frame)) if clicked else None
    if row is not None:
        address.turn_to(frame["ID"].iloc[row], target)
        st.rerun()


def _caveats(judged: Sequence[Judged]) -> None:
    if said := digest.caveats(judged):
        with st.container(border=True):
            st.header("What could make this wrong", anchor=False)
            st.markdown("\n".join(f"- {escaped(each)}" for each in said))
