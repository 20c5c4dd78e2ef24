"""What is asked once it is known that only others have a project: whether a copy of it fits."""

from collections.abc import Sequence, Set
from typing import Any

from dashboard.collect.lookup.ids import batches
from dashboard.diagnose.facts import Catalog, IdFacts, ParentShape, Relation, Unavailable
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.environments import Environment
from dashboard.postgres import Answers, Fleet, Limits
from queries import registry, rows
from queries.query import Name, Statement
from queries.text import KeyColumns


def with_copies(fleet: Fleet, seen: Sequence[Evidence], limits: Limits) -> list[Evidence]:
    """Ask the target, and those that a copy would come from, in one round trip each."""
    target = next((each.facts for each in seen if each.facts), None)
    sources = [source for each in seen if (source := _source(each))]
    if target is None or not sources:
        return list(seen)
    catalogs = {each.environment: each.catalog for each in sources}
    catalogs[target.environment] = target.catalog
    shapes = {place: _Shape(each.parent) for place, each in catalogs.items() if each.parent}
    owners = _Owners(target.catalog, seen)
    asked: dict[Environment, list[Statement[Any]]] = {
        place: shape.statements for place, shape in shapes.items()
    }
    asked.setdefault(target.environment, []).extend(owners.statements)
    answers = dict(fleet.ask(asked, limits))
    read = {place: shape.read(answers[place]) for place, shape in shapes.items()}
    known = {place: shape for place, shape in read.items() if shape}
    there = owners.read(answers[target.environment])
    return [
        each.knowing(
            shapes=known,
            owner_in_target=owner in there
            if there is not None and (owner := _owner(each))
            else None,
        )
        for each in seen
    ]


def _source(evidence: Evidence) -> IdFacts | None:
    """Name where a project would be copied from: it was found only elsewhere."""
    if evidence.here.state is not PresenceState.ABSENT:
        return None
    return next(iter(evidence.found_elsewhere), None)


def _owner(evidence: Evidence) -> str | None:
    source = _source(evidence)
    project = evidence.presence(source.environment).project if source else None
    return project.owner_id if project else None


class _Owners:
    """Which owners of projects found elsewhere are known to the target."""

    def __init__(self, target: Catalog, seen: Sequence[Evidence]) -> None:
        self.statements: tuple[Statement[rows.Asked], ...] = ()
        wanted = sorted({name for each in seen if (name := _owner(each))})
        owner = target.owner
        if owner is not None and wanted:
            key = KeyColumns([owner.column])
            names: dict[str, Name] = {"owner": (owner.table.schema, owner.table.name), "key": key}
            self.statements = batches(registry.OWNERS_BY_ID, names, wanted, key)
        self._askable = owner is not None

    def read(self, answers: Answers | Unavailable) -> Set[str] | None:
        """Return those that are there; None where it could not be asked."""
        if isinstance(answers, Unavailable) or not self._askable:
            return None
        return {each.asked for statement in self.statements for each in answers.rows(statement)}


class _Shape:
    """What decides whether a row fits into a parent table."""

    def __init__(self, parent: Relation) -> None:
        self._columns = registry.TABLE_COLUMNS.bind(parent_oid=parent.table.oid)
        self._effects = registry.INSERT_EFFECTS.bind(parent_oid=parent.table.oid)

    @property
    def statements(self) -> list[Statement[Any]]:
        return [self._columns, self._effects]

    def read(self, answers: Answers | Unavailable) -> ParentShape | None:
        """Read it; None where it could not be asked, or the table has gone since."""
        effects = () if isinstance(answers, Unavailable) else answers.rows(self._effects)
        if isinstance(answers, Unavailable) or not effects:
            return None
        return ParentShape(answers.rows(self._columns), effects[0])
