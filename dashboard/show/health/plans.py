"""In which order the fixes of an environment work, where it has several."""

from collections.abc import Iterable, Sequence
from functools import partial

import streamlit as st

from dashboard.diagnose.health.plan import Step
from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.diagnose.words import count
from dashboard.show.shared import fixes, lazy_expander, links
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.lazy_expander import LazyExpander

MOST = 4  # lines; more environments are chosen from in one


def draw(healths: Iterable[EnvironmentHealth]) -> None:
    planned = [each for each in healths if each.plan]
    if not planned:
        return
    st.header("What to do first", anchor=False)
    if len(planned) > MOST:
        title = f"{count(len(planned), 'environment')} with several fixes: their order"
        lazy_expander.draw([LazyExpander(title, "plans", partial(_chosen, planned))])
        return
    lazy_expander.draw(
        LazyExpander(
            f"{escaped(each.environment.name)}: {count(len(each.plan), 'step')}, in this order",
            f"plan {each.environment.name}",
            partial(_steps, each.environment.name, each.plan),
        )
        for each in planned
    )


def _chosen(planned: Sequence[EnvironmentHealth]) -> None:
    number = st.selectbox(
        "Environment",
        range(len(planned)),
        format_func=lambda place: planned[place].environment.name,
        key="plan of",
        width=320,
    )
    chosen = planned[number or 0]
    _steps(chosen.environment.name, chosen.plan)


def _steps(name: str, plan: Sequence[Step]) -> None:
    for number, step in enumerate(plan, start=1):
        codes = " ".join(links.to_finding(f"`{code}`", name, code) for code in step.codes)
        condition = f": {step.condition}" if step.condition else ""
        st.markdown(f"**{number}. {escaped(step.title)}**{condition} {codes}")
        for command in step.commands:
            fixes.copied(command)
    st.caption("The findings above say what each step risks, and who may do it.")
