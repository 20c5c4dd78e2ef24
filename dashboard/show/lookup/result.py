"""A look-up: asks every environment, fills their rows as they answer, and ends in a verdict."""

import time

import streamlit as st

from dashboard.collect.collector import Collector
from dashboard.diagnose.facts import Answer
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.lookup.verdicts import Diagnosis, diagnose
from dashboard.diagnose.paste import Paste
from dashboard.diagnose.words import count, listed
from dashboard.environments import Environment
from dashboard.show.lookup import copying, presence_table
from dashboard.show.shared import findings, fixes, links
from dashboard.show.shared.escaping import escaped


def draw(collector: Collector, paste: Paste, target: Environment) -> None:
    left, right = st.columns([3, 2], gap="medium")
    with left:
        verdict = st.skeleton(height=420)
    with right:
        rows = presence_table.PresenceTable(collector.settings.environments, target)
        below = st.container()
    started = time.perf_counter()
    answers = _answers(collector, paste, target, rows)
    evidence = collector.evidence(paste, target, answers)
    seconds = time.perf_counter() - started
    diagnosis = diagnose(evidence)
    with verdict.container():
        _verdict(evidence, diagnosis)
    with below:
        presence_table.project_facts(evidence)
        st.caption(f"{count(len(answers), 'environment')} asked in {seconds:.2f} s")
    _grounds(diagnosis)


def _answers(
    collector: Collector, paste: Paste, target: Environment, rows: presence_table.PresenceTable
) -> dict[Environment, Answer]:
    answers: dict[Environment, Answer] = {}
    for environment, answer in collector.look_up(paste):
        answers[environment] = answer
        seen = collector.so_far(paste, target, answers)
        rows.fill(environment, seen.presence(environment), answer)
    return answers


def _verdict(evidence: Evidence, diagnosis: Diagnosis) -> None:
    verdict = diagnosis.verdict
    findings.headline(verdict)
    _reading(evidence.paste)
    for each in verdict.suggestions:
        links.look_up(each, evidence.target.name, "suggested")
    copying.draw(evidence, diagnosis)
    if verdict.fix:
        fixes.do_this(verdict.fix)


def _grounds(diagnosis: Diagnosis) -> None:
    verdict = diagnosis.verdict
    findings.evidence(verdict.evidence)
    findings.caveats(verdict)
    fixes.other_options(verdict.alternatives)
    findings.also_found(diagnosis.findings)


def _reading(paste: Paste) -> None:
    """Tell what was made of the text before it was asked for."""
    notes = (*(paste.id.normalised if paste.id else ()), *paste.notes)
    if notes:
        st.caption(f"Read from your text: {escaped(listed(notes))}.")
