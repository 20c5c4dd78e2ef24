"""A look-up: asks every environment, fills their rows as they answer, and ends in a verdict."""

import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.collect.collector import Collector
from dashboard.diagnose.facts import Answer
from dashboard.diagnose.failures import total
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.lookup.claims import claim_of
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.lookup.report import about, failure_lines, places
from dashboard.diagnose.lookup.verdicts import Diagnosis, diagnose, headline
from dashboard.diagnose.paste import Paste
from dashboard.diagnose.words import count, listed
from dashboard.environments import Environment
from dashboard.show.lookup import copying, presence_table, proof, title, uploaded
from dashboard.show.shared import clock, findings, fixes, links, telling, titles
from dashboard.show.shared.escaping import escaped
from dashboard.view import ServedView


def draw(served: ServedView, paste: Paste, target: Environment) -> None:
    collector = served.collector
    if paste.id is None:
        _without_id(served, paste, target)
        return
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(key="verdict"):
        verdict = st.skeleton(height=420)
    with right:
        rows = presence_table.PresenceTable(collector.asked, target)
        below = st.container()
    started = time.perf_counter()
    first = _first(collector, paste, target, rows)
    seconds = time.perf_counter() - started
    titles.show(title.of(first))
    _at_once(verdict, first)
    evidence = _with_failures(collector, first)
    diagnosis = diagnose(evidence)
    telling.looked_up([(evidence, diagnosis.verdict)], seconds)
    with verdict.container():
        _verdict(evidence, diagnosis)
    with below:
        presence_table.project_facts(evidence)
        st.caption(f"{count(len(evidence.answers), 'environment')} checked in {seconds:.2f} s")
    _grounds(served, evidence, diagnosis)


def _at_once(verdict: DeltaGenerator, first: Evidence) -> None:
    """Show what is wrong before it is known what failed earlier; what is well has to wait."""
    found = headline(first)
    if found.severity not in (Severity.OK, Severity.INFO):
        with verdict.container():
            findings.headline(found, about(first))


def _without_id(served: ServedView, paste: Paste, target: Environment) -> None:
    """Draw a verdict on a text that names no project: nothing was looked for anywhere."""
    with st.spinner("Asking every environment …"):
        evidence = _with_failures(served.collector, _first(served.collector, paste, target))
    titles.show(title.of(evidence))
    diagnosis = diagnose(evidence)
    with st.container(key="verdict"):
        _verdict(evidence, diagnosis)
    _grounds(served, evidence, diagnosis)


def _first(
    collector: Collector,
    paste: Paste,
    target: Environment,
    rows: presence_table.PresenceTable | None = None,
) -> Evidence:
    """Ask every environment, and fill its row as it answers."""
    answers: dict[Environment, Answer] = {}
    for environment, answer in collector.look_up(paste):
        answers[environment] = answer
        if rows:
            seen = collector.so_far(paste, target, answers)
            rows.fill(environment, seen.presence(environment), answer)
    return collector.first_evidence(paste, target, answers)


def _with_failures(collector: Collector, first: Evidence) -> Evidence:
    return uploaded.added(collector.with_known_failures([first])[0])


def place(collector: Collector, paste: Paste) -> None:
    """Show where an id exists while nobody has said which environment failed."""
    rows = presence_table.PresenceTable(collector.asked, None)
    for environment, presence, answer in collector.placed(paste):
        rows.fill(environment, presence, answer)


def _verdict(evidence: Evidence, diagnosis: Diagnosis) -> None:
    """Say what it is and what to do, before anything else; then why, and what to reply."""
    verdict = diagnosis.verdict
    findings.headline(verdict, about(evidence))
    _suggestions(evidence, verdict)
    if verdict.fix:
        fixes.do_this(verdict.fix)
    findings.explanation(verdict)
    copying.draw(evidence, diagnosis)
    _failures(evidence)
    _reading(evidence.paste)


def _suggestions(evidence: Evidence, verdict: Finding) -> None:
    """Lead to each, with what is known of it."""
    name = evidence.target.name
    if evidence.id is not None or evidence.known_failures is None:
        for each in verdict.suggestions:
            links.look_up(each, name, "suggested")
        return
    known = dict(evidence.known_failures.ids)
    for each in verdict.suggestions:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            links.look_up(each, name, "failed")
            st.caption(escaped(clock.in_words(total(known[each]))), width="content")


def _failures(evidence: Evidence) -> None:
    """Tell what failed before, whatever the verdict is."""
    if lines := failure_lines(evidence):
        with st.container(border=True, gap="xsmall"):
            st.header("Recent failures", anchor=False)
            st.markdown("\n".join(f"- {escaped(clock.in_words(each))}" for each in lines))


def _grounds(served: ServedView, evidence: Evidence, diagnosis: Diagnosis) -> None:
    verdict = diagnosis.verdict
    findings.caveats(verdict)
    if evidence.id is not None:
        findings.evidence(verdict.evidence, places(evidence.presences))
    if claim := claim_of(evidence, verdict):
        proof.draw(served.proofs, claim)
    fixes.other_options(verdict.alternatives)
    findings.also_found(diagnosis.findings)


def _reading(paste: Paste) -> None:
    """Tell what was made of the text before it was asked for."""
    notes = (*(paste.id.normalised if paste.id else ()), *paste.notes)
    if notes:
        st.caption(f"Read from your text: {escaped(listed(notes))}.")
