"""What to do: steps, commands to copy, what it risks and who may do it."""

from collections.abc import Sequence
from functools import partial
from urllib.parse import urlsplit

import streamlit as st

from dashboard.diagnose.finding import Command, Fix
from dashboard.show.shared import folding
from dashboard.show.shared.folding import Fold
from dashboard.show.shared.plain import plain


def do_this(fix: Fix) -> None:
    with st.container(border=True):
        st.header("Do this", anchor=False)
        st.markdown(f"**{plain(fix.title)}**{option(fix)}")
        steps(fix)


def other_options(fixes: Sequence[Fix]) -> None:
    if not fixes:
        return
    st.header("Other options", anchor=False)
    folding.draw(
        Fold(f"{plain(each.title)}{option(each)}", f"option {each.title}", partial(steps, each))
        for each in fixes
    )


def steps(fix: Fix) -> None:
    """List the steps, then what they need, then the price."""
    numbered = (f"{number}. {plain(step)}" for number, step in enumerate(fix.steps, start=1))
    st.markdown("\n".join(numbered))
    for command in fix.commands:
        _command(command)
    if fix.link:
        place = plain(urlsplit(fix.link).netloc)
        st.link_button(f"Open {place}", fix.link, icon=":material/open_in_new:")
    st.caption(f"Risk: {plain(fix.risk)}. Who: {plain(fix.needs_role)}.")


def _command(command: Command) -> None:
    if command.title:
        st.caption(plain(command.title))
    language = None if command.language == "text" else command.language
    st.code(command.text, language=language, wrap_lines=True)


def option(fix: Fix) -> str:
    """Give the badge of the runbook's option."""
    return f" :gray-badge[option {fix.option}]" if fix.option else ""
