"""What to do: steps, commands to copy, what it risks and who may do it."""

from collections.abc import Sequence
from functools import partial
from urllib.parse import urlsplit

import streamlit as st

from dashboard.diagnose.finding import Command, Fix
from dashboard.show.shared import lazy_expander
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.lazy_expander import LazyExpander


def do_this(fix: Fix) -> None:
    with st.container(border=True):
        st.header("Do this", anchor=False)
        st.markdown(f"**{escaped(fix.title)}**")
        steps(fix)


def other_options(fixes: Sequence[Fix]) -> None:
    if not fixes:
        return
    st.header("Other options", anchor=False)
    lazy_expander.draw(
        LazyExpander(
            escaped(each.title),
            f"option {each.title}",
            partial(steps, each),
        )
        for each in fixes
    )


def steps(fix: Fix) -> None:
    """List the steps, then what they need, then the price."""
    numbered = (f"{number}. {escaped(step)}" for number, step in enumerate(fix.steps, start=1))
    st.markdown("\n".join(numbered))
    for command in fix.commands:
        copied(command)
    if fix.link:
        place = escaped(urlsplit(fix.link).netloc)
        st.link_button(f"Open {place}", fix.link, icon=":material/open_in_new:")
    st.caption(f"Risk: {escaped(fix.risk)} · Who: {escaped(fix.needs_role)}")


def copied(command: Command) -> None:
    """Show a command with the button that copies it."""
    if command.title:
        st.caption(escaped(command.title))
    language = None if command.language == "text" else command.language
    st.code(command.text, language=language, wrap_lines=True)
