"""A look-up in one environment, of one id or of many: what is sent, and what the answers say."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from dashboard.collect.environment import ONE_QUESTION, EnvironmentPlan
from dashboard.collect.lookup import questions
from dashboard.collect.lookup.batch import BatchResult, BySpelling, HasSpelling, by_spelling
from dashboard.collect.lookup.ids import is_plain
from dashboard.collect.lookup.questions import Asked, LookupQuestion, Statements
from dashboard.diagnose.facts import Catalog, EnvironmentFacts, Kind, Unavailable
from dashboard.diagnose.paste import Paste
from dashboard.environments import Environment
from dashboard.postgres import Answers
from queries import rows
from queries.query import Statement

# in the order they are sent
QUESTIONS: tuple[LookupQuestion[Any], ...] = (
    questions.PROJECTS,
    questions.OWNERS,
    questions.NEAR,
    questions.BY_PREFIX,
    questions.OTHER_CASE,
    questions.SAMPLE,
    questions.RIGHTFUL_PROJECTS,
    questions.OTHER_PARENTS,
    questions.DEPLOYMENTS,
    questions.ENTITIES,
    questions.TRACES,
    questions.NEWEST,
    questions.NAMED_COLUMNS,
)

R = TypeVar("R")
S = TypeVar("S", bound=HasSpelling)


class LookupPlan:
    """One set of statements asks for any number of ids.

    Only what is near an id, or begins with it, is asked id by id, and so only of few.
    """

    def __init__(
        self,
        catalog: Catalog,
        pastes: Sequence[Paste],
        *,
        refused: Mapping[str, Unavailable] | None = None,
        reduced: str | None = None,
    ) -> None:
        self._environment = EnvironmentPlan(catalog, reduced=reduced)
        self._asked = Asked(catalog, pastes, exact=reduced is not None)
        self._refused = refused or {}
        self._reduced = reduced
        self._planned: dict[LookupQuestion[Any], Statements[Any] | None] = {
            each: each.statements(self._asked)
            for each in QUESTIONS
            if each.essential or reduced is None
        }

    def without(self, why: Unavailable) -> "LookupPlan | None":
        """Leave out, of many ids, those with odd characters, then all that is not essential."""
        if plain := self._plain(why):
            return plain
        if why.kind not in ONE_QUESTION or self._reduced:
            return None
        asked = self._asked
        return LookupPlan(asked.catalog, asked.pastes, refused=self._refused, reduced=why.message)

    def _plain(self, why: Unavailable) -> "LookupPlan | None":
        """Leave out the ids with characters that this database may not hold."""
        if why.kind is not Kind.UNSUITABLE_ID:
            return None
        pastes = self._asked.pastes
        odd = {paste.id.text for paste in pastes if paste.id and not is_plain(paste)}
        kept = [paste for paste in pastes if paste.id and paste.id.text not in odd]
        if not odd or not kept:
            return None
        words = f"{why.message} (this ID or one looked up with it): look it up alone"
        refused = dict.fromkeys(odd, Unavailable(why.kind, words))
        return LookupPlan(self._asked.catalog, kept, refused=refused)

    @property
    def statements(self) -> list[Statement[Any]]:
        planned = (statements or {} for statements in self._planned.values())
        of_ids = [statement for statements in planned for statement in statements.values()]
        return [*self._environment.statements, *of_ids]

    def result(self, environment: Environment, answers: Answers) -> BatchResult:
        """Turn the rows into what the environment says of every id."""

        def spelled(question: LookupQuestion[S]) -> BySpelling[S] | None:
            found = self._rows(question, answers)
            return None if found is None else by_spelling(found)

        return BatchResult(
            facts=self._facts(environment, answers),
            refused=self._refused,
            projects=spelled(questions.PROJECTS),
            rightful_projects=self._in_each(questions.RIGHTFUL_PROJECTS, answers),
            other_parents=self._in_each(questions.OTHER_PARENTS, answers),
            deployments=spelled(questions.DEPLOYMENTS),
            owners=spelled(questions.OWNERS),
            entities=spelled(questions.ENTITIES) or {},
            traces=spelled(questions.TRACES) or {},
            near=self._each(questions.NEAR, answers),
            by_prefix=self._each(questions.BY_PREFIX, answers),
            other_case=self._each(questions.OTHER_CASE, answers),
            near_searched=self._asked.few,
            named_columns=self._each(questions.NAMED_COLUMNS, answers),
        )

    def _in_each(
        self, question: LookupQuestion[rows.AskedProject], answers: Answers
    ) -> Mapping[Any, BySpelling[rows.AskedProject]]:
        """Return the rows by the table, or the key, that they were asked of."""
        found: dict[Any, list[rows.AskedProject]] = defaultdict(list)
        for (name, _), projects in self._each(question, answers).items():
            found[name].extend(projects)
        return {name: by_spelling(projects) for name, projects in found.items()}

    def _facts(self, environment: Environment, answers: Answers) -> EnvironmentFacts:
        facts = self._environment.facts(environment, answers)
        newest = self._rows(questions.NEWEST, answers)
        return replace(
            facts,
            sample_ids=tuple(each.id for each in self._rows(questions.SAMPLE, answers) or ()),
            newest_deployment=newest[0] if newest else None,
            unsearched=(*facts.unsearched, *self._given_up),
        )

    @property
    def _given_up(self) -> Iterator[str]:
        if self._reduced:
            parent = self._asked.catalog.nouns.parent
            yield f"only the {parent} itself was searched: {self._reduced}"

    def _rows(self, question: LookupQuestion[R], answers: Answers) -> tuple[R, ...] | None:
        """Return all rows of a question; None where it was not asked."""
        if self._planned.get(question) is None:
            return None
        return tuple(row for found in self._each(question, answers).values() for row in found)

    def _each(self, question: LookupQuestion[R], answers: Answers) -> Mapping[Any, tuple[R, ...]]:
        """Return the rows by what each statement of a question is about."""
        planned: Statements[R] = self._planned.get(question) or {}
        return {key: answers.rows(statement) for key, statement in planned.items()}
