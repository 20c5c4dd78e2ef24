"""What to do: steps, commands to copy, what it risks and who may do it."""

from collections.abc import Sequence
from functools import partial
from urllib.parse import urlsplit

import streamlit as st

from dashboard.diagnose.finding import Command, Fix
from dashboard.show.shared import lazy_expander
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.lazy_expander import LazyExpander

SUPPORT = "support"  # who needs no SQL


def do_this(fix: Fix) -> None:
    """Show the steps and where to go; the SQL of a check waits until somebody opens it."""
    with st.container(border=True, gap="small"):
        st.header(f"Do this: {escaped(fix.title)}", anchor=False)
        if fix.needs_role == SUPPORT and fix.commands:
            _steps(fix)
            _link(fix)
            _price(fix)
            lazy_expander.draw([LazyExpander("SQL to check it", "sql", partial(_commands, fix))])
        else:
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
    """List the steps, where to go, then what is to be copied, then the price."""
    _steps(fix)
    _link(fix)
    _commands(fix)
    _price(fix)


def _steps(fix: Fix) -> None:
    numbered = (f"{number}. {escaped(step)}" for number, step in enumerate(fix.steps, start=1))
    st.markdown("\n".join(numbered))


def _link(fix: Fix) -> None:
    if fix.link:
        place = escaped(urlsplit(fix.link).netloc)
        st.link_button(f"Open {place}", fix.link, icon=":material/open_in_new:", type="primary")


def _commands(fix: Fix) -> None:
    for command in fix.commands:
        copied(command)


def _price(fix: Fix) -> None:
    st.caption(f"Risk: {escaped(fix.risk)} · Who: {escaped(fix.needs_role)}")


def copied(command: Command) -> None:
    """Show a command with the button that copies it."""
    if command.title:
        st.caption(escaped(command.title))
    language = None if command.language == "text" else command.language
    st.code(command.text, language=language, wrap_lines=True)
