"""The headlines of many ids: what holds of all that nothing was found of is judged once."""

from collections.abc import Hashable, Iterable, Iterator
from functools import partial

from dashboard.diagnose.facts import Answer, Unavailable
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.lookup.verdicts import Judge, first
from dashboard.diagnose.paste import is_placeholder, looks_like


def headlines(seen: Iterable[Evidence]) -> Iterator[Finding]:
    """Give the headline of each id of one look-up: the same as if it were judged alone.

    | found of either of two ids | they differ in       | the verdict                       |
    | -------------------------- | -------------------- | --------------------------------- |
    | nothing                    | nothing but the text | one, which each words for itself  |
    | anything else                                    || each one's own                    |
    """
    likeness = _Likeness()
    judged: dict[Hashable, tuple[Evidence, Judge, Finding]] = {}
    for evidence in seen:
        alike = likeness.of(evidence)
        if alike in judged:
            like, judge, verdict = judged[alike]
            evidence.conclude_as(like)
            yield verdict.worded(partial(_said, judge, evidence))
        else:
            judge, verdict = first(evidence)
            if alike is not None:
                judged[alike] = evidence, judge, verdict
            said = partial(_said, judge, evidence)
            yield verdict.worded(said, summary=verdict.summary)  # keeps nothing else in memory


def _said(judge: Judge, evidence: Evidence) -> Finding:
    """Let the judge of one that is alike speak of this one."""
    verdict = judge(evidence)
    assert verdict is not None, evidence.id  # noqa: S101  # it sees nothing that differs
    return verdict


class _Likeness:
    """What of an id's evidence can matter where nothing was found of it, apart from its text."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Answer, Hashable | None]] = {}  # by the answer's identity

    def of(self, evidence: Evidence) -> Hashable | None:
        """Return it; None where something was found, or the text is more than an id."""
        paste, pasted = evidence.paste, evidence.paste.id
        if pasted is None or pasted.values or paste.errors or paste.beside:
            return None
        answers = []
        for each in evidence.answers.values():
            answers.append(self._of_answer(each))
            if answers[-1] is None:
                return None
        if evidence.failures:
            return None
        shapes, unfilled = looks_like(pasted.text), is_placeholder(pasted.text)
        cleaned = pasted.source, pasted.normalised, bool(pasted.variants)
        return (*answers, shapes, unfilled, *cleaned)

    def _of_answer(self, answer: Answer) -> Hashable | None:
        known = self._known.get(id(answer))
        if known is None:
            known = self._known[id(answer)] = answer, _likeness(answer)
        return known[1]


def _likeness(answer: Answer) -> Hashable | None:
    if isinstance(answer, Unavailable):
        return answer
    definition = answer.catalog.definition
    if definition and len(definition.child_columns) > 1:  # a text may not have all its values
        return None
    rows = (
        *(answer.projects, answer.deployments, answer.entities, answer.traces),
        *(answer.near, answer.by_prefix, answer.named_columns),
        *answer.rightful_projects.values(),
    )
    if any(rows) or answer.other_case:
        return None
    asked = tuple(each is not None for each in rows)
    parents = tuple(answer.other_parents.items())
    return id(answer.facts), asked, parents, answer.owner_found, answer.unsearched
