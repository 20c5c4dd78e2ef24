"""The whole schema of one environment beside what its migrations make."""

from collections.abc import Iterator, Sequence

from dashboard.diagnose import sql, words
from dashboard.diagnose.finding import Command, Confidence, Finding, Fix, Severity
from dashboard.diagnose.health import keys
from dashboard.diagnose.health.case import Case
from dashboard.diagnose.migrations.schema import repairs
from dashboard.diagnose.migrations.schema.drift import Difference, What
from dashboard.diagnose.migrations.schema.image import Key, SchemaImage
from dashboard.diagnose.migrations.schema.presence import Presence
from dashboard.diagnose.migrations.schema.rehearsed import SchemaComparison
from dashboard.diagnose.migrations.schema.wording import sentence

SHOWN_AT_MOST = 30
OF_A_KEY = frozenset({"validated", "enforced", "checking"})  # which have a check of their own


def judge(case: Case, comparison: SchemaComparison) -> Iterator[Finding]:
    """Tell all at once, but for what other checks tell."""
    if found := [
        each for each in comparison.drifted if not _told_elsewhere(each, case, comparison)
    ]:
        yield _drift(case, comparison, found)


def _drift(case: Case, comparison: SchemaComparison, found: Sequence[Difference]) -> Finding:
    facts, applied = case.facts, comparison.applied
    sentences = [sentence(each, comparison) for each in found[:SHOWN_AT_MOST]]
    more = len(found) - len(sentences)
    doubted = applied.edited or comparison.assumed
    return Finding(
        code="schema-drift",
        severity=Severity.WARNING,
        confidence=Confidence.LIKELY if doubted else Confidence.CERTAIN,
        environment=facts.name,
        summary=_summary(facts.name, found, sentences),
        explanation=f"All of its {words.count(len(applied.scripts), 'applied migration')} were run "
        "on an empty database, and its schema was compared with what they make.",
        evidence=tuple(
            facts.fact(each, "catalog_columns")
            for each in [*sentences, *([f"{more} more differences"] if more > 0 else [])]
        ),
        caveats=tuple(_caveats(comparison)),
        fix=_fix(found, comparison, case.ledger.schema),
        resolves_when="the schema is as the applied migrations make it",
    )


def _summary(name: str, found: Sequence[Difference], sentences: Sequence[str]) -> str:
    if len(found) == 1:
        return f"The schema of {name} differs from its migrations: {words.line(sentences[0])}."
    return f"The schema of {name} differs from its migrations in {len(found)} places."


def _caveats(comparison: SchemaComparison) -> Iterator[str]:
    applied = comparison.applied
    if applied.edited:
        named = words.some(list(applied.edited))
        yield f"Compared with the scripts as they are now: {named} changed after it was applied."
    if applied.failed:
        named = words.some(list(applied.failed))
        yield f"{named} did not finish there: what it left behind is among the differences."
    if comparison.assumed:
        yield f"Made for the rehearsal: {words.listed(list(comparison.assumed))}."


def _told_elsewhere(difference: Difference, case: Case, comparison: SchemaComparison) -> bool:
    """Whether another check tells it: of the ledger, of all keys, or of the configured one."""
    image = comparison.found if difference.what is What.EXTRA else comparison.expected
    row = image.objects[difference.key]
    of_a_key = difference.kind == "constraint" and row.type == "f"
    return (
        difference.key in _of_faked(case, comparison)
        or (of_a_key and difference.facet in OF_A_KEY)
        or _of_configured(difference, case, image)
    )


def _of_faked(case: Case, comparison: SchemaComparison) -> frozenset[Key]:
    """Name what is not there because a migration that is applied never was."""
    presence = case.rehearsed.presence if case.rehearsed else {}
    applied = (presence.get(name) for name, _ in comparison.applied.scripts)
    faked = (each.objects for each in applied if each and each.presence is Presence.NONE)
    return frozenset().union(*faked)


def _of_configured(difference: Difference, case: Case, image: SchemaImage) -> bool:
    definition = case.facts.catalog.definition
    if difference.what is What.RENAMED or definition is None:
        return False
    if difference.table != (definition.child_schema, definition.child_table):
        return False
    row = image.objects[difference.key]
    if difference.kind != "constraint" and not case.facts.not_null:
        return False  # its index is looked for only where the key is compulsory
    if difference.kind == "column":
        return row.name in definition.child_columns and difference.facet == "not_null"
    if difference.kind not in ("constraint", "index"):
        return False
    named = [image.columns.get((row.relation, number)) for number in row.numbers]
    return {each.name for each in named if each} == set(definition.child_columns)


def _fix(found: Sequence[Difference], comparison: SchemaComparison, schema: str) -> Fix:
    commands, more = keys.bounded(
        Command(_in_schema(text, schema))
        for each in found
        for text in repairs.made_alike(each, comparison)
    )
    return Fix(
        title="Make it what the migrations make",
        steps=(
            "Find out who changed it by hand, and whether it was meant.",
            "If it was meant, write a migration that does the same, and mark it as applied where "
            "it is there already.",
            "Else run the statements as the table's owner. What comes without a statement is in "
            "the migrations.",
            *more,
        ),
        commands=commands,
        risk="medium: takes short locks; what is checked reads the whole table",
        needs_role="table owner",
    )


def _in_schema(text: str, schema: str) -> str:
    """Names inside the schema print without it."""
    ended = f"{text.rstrip(';')};"
    return ended if schema == "public" else f"set search_path = {sql.identifier(schema)};\n{ended}"
