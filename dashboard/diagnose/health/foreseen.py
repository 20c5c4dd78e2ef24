"""What deploying would do with the migrations still to come: by the catalog, and by the rows.

| the script                                  | deploying             |
| ------------------------------------------- | --------------------- |
| the catalog or rows are certain to stop it  | fails                 |
| its text is known, and nothing is open      | works                 |
| anything else                               | nobody can say        |
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dashboard.diagnose.health.case import Case
from dashboard.diagnose.health.strict import agreement, prediction
from dashboard.diagnose.migrations.deploying.prediction import Prediction, predict, wanted
from dashboard.diagnose.migrations.deploying.reading import steps
from dashboard.diagnose.migrations.deploying.steps import ObjectKind, Step
from dashboard.diagnose.migrations.schema.preflight import Answer, Verdict
from dashboard.diagnose.migrations.states import TO_COME, migration_statuses
from dashboard.diagnose.migrations.strict.migration import StrictState
from dashboard.diagnose.migrations.view import LedgerView
from queries.rows import CatalogObject

NO_TEXT = "has a script we do not have"
NOT_ASKED = "was not compared with the catalog"


def names_wanted(view: LedgerView, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Name what the scripts to come mention: it is looked for in the catalog."""
    return tuple(sorted(set(wanted(_scripts(view, texts)))))


def foreseen(case: Case, texts: Mapping[str, str]) -> Case:
    """Add what becomes of the migrations to come."""
    scripts = _scripts(case.ledger, texts)
    found = _found(case, set(wanted(scripts)))
    predictions = (
        {} if found is None else predict(scripts, found, case.ledger.schema, _counted(case))
    )
    stops = _stops(case, predictions)
    failing = agreement.would_fail(case) | stops.keys()
    ledger = replace(
        case.ledger,
        would_fail=failing,
        stops=stops,
        uncertain={
            name: why
            for name, why in _all_doubts(case, scripts, predictions)
            if name not in failing
        },
    )
    made = {name: tuple(_tables(each)) for name, each in scripts.items()}
    return replace(case, ledger=ledger, predictions=predictions, tables_to_come=made)


def _stops(case: Case, predictions: Mapping[str, Prediction]) -> dict[str, str]:
    """Say what stops a script: where it was rehearsed that counts, and nothing else."""
    tried = _tried(case)
    known = {
        name: f"{', '.join(each.reasons)} (SQLSTATE {', '.join(each.sqlstates)})"
        for name, each in tried.items()
        if each.answer is Answer.FAILS
    }
    predicted = {name: each.stop.sentence for name, each in predictions.items() if each.stop}
    return {name: why for name, why in predicted.items() if name not in tried} | known


def _tried(case: Case) -> dict[str, Verdict]:
    said = case.rehearsed.tried if case.rehearsed else {}
    return {name: each.verdict for name, each in said.items() if each.verdict}


def _all_doubts(
    case: Case, scripts: Mapping[str, object], predictions: Mapping[str, Prediction]
) -> Iterator[tuple[str, str]]:
    """Say of which scripts nobody can say: of a rehearsed one, what was not followed."""
    tried = _tried(case)
    for name, each in tried.items():
        if each.answer is Answer.UNKNOWN:
            yield name, f"cannot be foretold: {each.reasons[0]}"
    for name, why in _doubts(case.ledger, scripts, predictions):
        if name not in tried:
            yield name, why


def _found(case: Case, names: set[str]) -> tuple[CatalogObject, ...] | None:
    """Take what the catalog has; None where it was not asked for all of these names."""
    objects = case.facts.objects
    if objects is None:
        return None if names else ()
    return objects.found if names <= objects.asked else None


def _scripts(view: LedgerView, texts: Mapping[str, str]) -> dict[str, tuple[Step, ...]]:
    """Read the scripts to come, in their order; an empty one does nothing."""
    if view.by_majority:
        return {}
    return {
        each.name: steps(texts.get(each.name, ""))
        for each in migration_statuses(view)
        if each.state in TO_COME
    }


def _doubts(
    view: LedgerView, scripts: Mapping[str, object], predictions: Mapping[str, Prediction]
) -> Iterator[tuple[str, str]]:
    for each in migration_statuses(view):
        if each.state not in TO_COME:
            continue
        if each.name not in scripts:
            yield each.name, NO_TEXT
        elif each.name not in predictions:
            yield each.name, NOT_ASKED
        elif predictions[each.name].doubts:
            yield each.name, predictions[each.name].doubts[0]


def _counted(case: Case) -> set[tuple[str, str, tuple[str, ...]]]:
    """Name the column whose rows were counted, where none stands in the strict migration's way."""
    child = case.facts.catalog.child
    open_state = case.strict_state in (StrictState.S0, StrictState.DRIFT)
    if child is None or case.facts.blocking is None or not open_state:
        return set()
    in_the_way = any(each.number != 0 for each in prediction.counts(case.facts))
    return set() if in_the_way else {(child.table.schema, child.table.name, child.key.names)}


def _tables(script: tuple[Step, ...]) -> Iterator[str]:
    for step in script:
        for each, owner in step.made:
            if each.kind is ObjectKind.RELATION and owner is None:
                yield each.name


def maker(case: Case, table: str) -> str | None:
    """Name the migration to come that makes a table of this name."""
    return next((name for name, made in case.tables_to_come.items() if table in made), None)
