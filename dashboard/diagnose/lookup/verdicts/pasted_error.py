"""Family E: what the pasted error itself says, when it is not about a missing project.

| the error                                   | the target        | verdict                 |
| ------------------------------------------- | ----------------- | ----------------------- |
| names a missing column or table             | does not have it  | column-or-table-missing |
| the same                                    | in another case   | name-not-quoted         |
| the same                                    | has it            | app-elsewhere           |
| null in the key, inside a set-null cascade  | any               | null-by-cascade         |
| null in the key, or the argument is missing | any               | null-project            |
| parent still referenced                     | any               | reverse-direction       |
| foreign key, of another name                | any               | other-constraint        |
| unique, on the key column, or P2014         | any               | already-deployed        |
| unique, on another column of the child      | any               | appid-taken             |
| P2025 in a nested connect                   | any               | nested-connect          |

app-elsewhere and nested-connect stand beside the verdict on the id.
"""

from collections.abc import Iterator, Sequence

from dashboard.diagnose import fixes, words
from dashboard.diagnose.facts import EntityHit, EnvironmentFacts, IdFacts
from dashboard.diagnose.finding import Confidence, Finding, Fix, Severity
from dashboard.diagnose.lookup import options
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.diagnose.lookup.verdicts.making import make_finding, subject
from dashboard.diagnose.lookup.verdicts.replying import reply
from dashboard.diagnose.paste import FOREIGN_KEY_PROBLEMS, PastedError, Problem
from queries.rows import ForeignKey


def column_or_table_missing(evidence: Evidence) -> Finding | None:
    found, error = evidence.found, evidence.error
    if found is None or error is None or not _names_schema(error) or found.named_columns:
        return None
    if not found.catalog.server.schema_exists:  # the wrong schema says nothing about the right one
        return None
    missing, aliased = _missing_name(evidence, error), _aliased(evidence, error)
    named = found.named_columns is not None
    return make_finding(
        evidence,
        Finding(
            code="column-or-table-missing",
            severity=Severity.ERROR,
            confidence=(
                Confidence.POSSIBLE
                if not named
                else Confidence.LIKELY
                if aliased
                else Confidence.CERTAIN
            ),
            cause=4,
            summary=(
                f"{evidence.target.name} has no {missing}: the database is older than the "
                "application."
            ),
            explanation=(
                "The application's Prisma client expects something that the migrations of this "
                "database have not created."
            ),
            reply=lambda: reply(evidence, "{ours}"),
            fix=lambda: options.deploy_migrations(evidence),
            resolves_when=f"{missing} exists in {evidence.target.name}",
        ),
        *(() if named else ("the text does not name the column, so we could not check it",)),
        *((f"{error.table} is not a table here, so it may be an alias",) if aliased else ()),
    )


def name_not_quoted(evidence: Evidence) -> Finding | None:
    """Speak when the target has what the error misses, but in another letter case."""
    found, error = evidence.found, evidence.error
    if found is None or error is None or not found.named_columns:
        return None
    alike = found.named_columns[0]
    if alike.exact:
        return None
    missing = _missing_name(evidence, error)
    name = f'"{alike.column_name if error.columns else alike.table_name}"'
    return make_finding(
        evidence,
        Finding(
            code="name-not-quoted",
            severity=Severity.ERROR,
            confidence=Confidence.LIKELY,
            summary=f"{evidence.target.name} has no {missing}, but it has {name}.",
            explanation=(
                "PostgreSQL converts a name without double quotes to lower case. No migration "
                "is missing."
            ),
            reply=lambda: reply(evidence, "{ours}"),
            fix=lambda: fixes.in_the_application(
                f"Write {name} in the statement",
                f"In raw SQL, write the name in double quotes: {name}.",
                "If Prisma generated the statement, map the model or field to this name with "
                "@map or @@map and regenerate the client.",
            ),
            resolves_when=f"the statement uses {name}",
        ),
    )


def app_elsewhere(evidence: Evidence) -> Finding | None:
    """Speak when the target has what the error misses: it is from elsewhere, or from before."""
    found, error = evidence.found, evidence.error
    if found is None or error is None or not _names_schema(error) or not found.named_columns:
        return None
    if not found.named_columns[0].exact:
        return None
    return make_finding(
        evidence,
        Finding(
            code="app-elsewhere",
            severity=Severity.WARNING,
            confidence=Confidence.POSSIBLE,
            summary=(
                f"{evidence.target.name} has the {_missing_name(evidence, error)} that the "
                "error calls missing: the application may use another database."
            ),
            explanation="Or its migration was applied after the error.",
            reply=lambda: reply(evidence, "{maybe_ours}"),
            fix=lambda: options.check_connection(evidence),
            resolves_when="the application uses the database checked here",
        ),
    )


def _names_schema(error: PastedError) -> bool:
    return error.problem in (Problem.TABLE_MISSING, Problem.COLUMN_MISSING)


def _aliased(evidence: Evidence, error: PastedError) -> bool:
    """Whether what stands before the column is no table: SQL calls it so in one statement only."""
    tables = evidence.facts.catalog.tables if evidence.facts else ()
    return bool(error.columns and error.table) and error.table not in {each.name for each in tables}


def _missing_name(evidence: Evidence, error: PastedError) -> str:
    column = f"column {words.short(error.columns[0])}" if error.columns else ""
    named = error.table if error.table and not _aliased(evidence, error) else None
    table = f"table {words.short(named)}" if named else ""
    if column and table:
        return f"{column} in {table}"
    return column or table or ("column" if error.problem is Problem.COLUMN_MISSING else "table")


def null_by_cascade(evidence: Evidence) -> Finding | None:
    facts, error = evidence.facts, evidence.error
    if facts is None or error is None or error.problem is not Problem.NULL or not error.cascade:
        return None
    child, nouns = facts.catalog.child, evidence.nouns
    if error.columns and not _names_key(error, facts):
        return None
    half_strict = any(key.delete_action == "n" for key in facts.foreign_keys)
    proven = half_strict and bool(child and child.key_not_null)
    name = facts.foreign_keys[0].name if facts.foreign_keys else evidence.constraint
    return make_finding(
        evidence,
        Finding(
            code="null-by-cascade",
            severity=Severity.ERROR,
            confidence=Confidence.CERTAIN if proven else Confidence.LIKELY,
            cause=4,
            summary=(
                f"Deleting {nouns.parent.a} fails in {evidence.target.name}: the foreign key sets "
                f"the {nouns.parent} of its {nouns.child.many} to null, which the column forbids."
            ),
            explanation=("A migration is only partly applied: set null conflicts with not null."),
            reply=lambda: reply(
                evidence, "{parent.a} cannot be deleted in {here} at the moment. {ours}"
            ),
            fix=lambda: options.recreate_foreign_key(evidence, name, on_delete="cascade"),
            alternatives=lambda: (options.deploy_migrations(evidence),),
            resolves_when="the foreign key uses on delete cascade",
        ),
        *(() if proven else ("the foreign key no longer sets null",)),
    )


def null_project(evidence: Evidence) -> Finding | None:
    facts, error = evidence.facts, evidence.error
    if facts is None or error is None or error.cascade or not _nulls_key(error, facts):
        return None
    doubts, nouns = tuple(_null_doubts(error, facts)), evidence.nouns
    return make_finding(
        evidence,
        Finding(
            code="null-project",
            severity=Severity.ERROR,
            confidence=Confidence.CERTAIN.lowered(len(doubts)),
            summary=(
                f"The {nouns.child} was sent to {evidence.target.name} without "
                f"{nouns.parent.a}, which is required."
            ),
            explanation=f"No {nouns.parent} is missing: the request did not name one.",
            reply=lambda: reply(
                evidence,
                "The {child} was sent without {parent.a}. Please choose the {parent} and {again}.",
            ),
            fix=lambda: fixes.in_the_application(
                f"Send the {nouns.parent}'s ID with the {nouns.child}",
                f"Find the call in the error and pass the {nouns.parent}'s ID.",
                "If an older version leaves it out, the application is older than the database: "
                "deploy the matching version.",
            ),
            resolves_when=f"the call passes {nouns.parent.a}",
        ),
        *doubts,
    )


def _null_doubts(error: PastedError, facts: EnvironmentFacts) -> Iterator[str]:
    if not error.columns:
        yield "the text does not name the column"
    if error.problem is Problem.VALIDATION:
        yield "Prisma rejected the call before the database saw it"
    elif facts.catalog.child and not facts.catalog.child.key_not_null:
        yield "the column accepts null now: it changed after the error"


def _nulls_key(error: PastedError, facts: EnvironmentFacts) -> bool:
    if error.problem not in (Problem.NULL, Problem.VALIDATION) or facts.catalog.child is None:
        return False
    if error.problem is Problem.VALIDATION and not error.left_out:
        return False
    if error.model and error.model not in _stems(facts.catalog.child.table.name):
        return False
    unnamed = not error.columns and error.problem is Problem.NULL
    return unnamed or _names_key(error, facts)


def _names_key(error: PastedError, facts: EnvironmentFacts) -> bool:
    child = facts.catalog.child
    key = child.key.names if child else ()
    return any(_same(each, column) for each in error.columns for column in key)


def _same(name: str, key: str) -> bool:
    """Match projectId, and Prisma's argument name project, to the key column."""
    plain, wanted = name.replace("_", "").lower(), key.replace("_", "").lower()
    return bool(plain) and plain in (wanted, wanted.removesuffix("id"))


def _stems(table: str) -> tuple[str, str]:
    """Spell a table as Prisma may call its model: usually in the singular."""
    plain = table.replace("_", "").lower()
    return plain, plain.removesuffix("s")


def reverse_direction(evidence: Evidence) -> Finding | None:
    facts, error = evidence.facts, evidence.error
    if facts is None or error is None or error.problem is not Problem.STILL_REFERENCED:
        return None
    if not facts.catalog.server.schema_exists:
        return None
    name = error.constraint or _still_pointing(evidence, error, facts)
    key = next((each for each in facts.catalog.foreign_keys if each.name == name), None)
    cascades = key is not None and key.delete_action in ("c", "n")
    return make_finding(
        evidence,
        Finding(
            code="reverse-direction",
            severity=Severity.ERROR,
            confidence=Confidence.LIKELY if cascades else Confidence.CERTAIN,
            summary=(
                f"No {evidence.nouns.parent} is missing in {evidence.target.name}: deleting or "
                f"changing one failed, because {name} still refers to it."
            ),
            explanation="Prisma uses the same code for both directions of a foreign key.",
            reply=lambda: reply(
                evidence,
                "The {parent} cannot be deleted or changed while something still belongs to it. "
                "Please tell us whether we may delete that as well.",
            ),
            fix=lambda: _reverse_fix(evidence, key),
            resolves_when="nothing refers to the row, or the foreign key uses on delete cascade",
        ),
        *((f"{name} cascades now: it changed after the error",) if cascades else ()),
    )


def _still_pointing(evidence: Evidence, error: PastedError, facts: EnvironmentFacts) -> str:
    """Name the constraint; of a required relation (P2014) Prisma names the two models only."""
    child = facts.catalog.child
    models = [each for each in (error.table, error.parent_table) if each]
    if child is None or not models:
        return evidence.constraint
    ours = any(each.lower() in _stems(child.table.name) for each in models)
    return evidence.constraint if ours else f"the relation of {words.listed(models)}"


def _reverse_fix(evidence: Evidence, key: ForeignKey | None) -> Fix | None:
    if key and key.name == evidence.constraint and key.delete_action in ("a", "r"):
        return options.recreate_foreign_key(evidence, key.name, on_delete="cascade")
    return fixes.in_the_application(
        "Remove what refers to the row first",
        f"Delete the rows of {key.child_table} that refer to it, or use on delete cascade."
        if key
        else "Find the table of the constraint and delete its rows that refer to it.",
    )


def other_constraint(evidence: Evidence) -> Finding | None:
    facts, error = evidence.facts, evidence.error
    if facts is None or error is None or error.problem not in FOREIGN_KEY_PROBLEMS:
        return None
    if error.constraint is None or evidence.is_ours(error.constraint):
        return None
    keys = [key for key in facts.catalog.foreign_keys if key.name == error.constraint]
    key = keys[0] if keys else None
    where = (
        f"it links {key.child_table}.{', '.join(key.child_columns)} to {key.parent_table}"
        if key
        else f"{evidence.target.name} has no foreign key with that name"
    )
    return make_finding(
        evidence,
        Finding(
            code="other-constraint",
            severity=Severity.ERROR,
            confidence=Confidence.CERTAIN if key else Confidence.LIKELY,
            summary=(
                f"The error in {evidence.target.name} is about {words.short(error.constraint)}, "
                f"not about {evidence.constraint}: {where}."
            ),
            explanation=f"Nothing about {evidence.nouns.parent.many} explains it.",
            reply=lambda: reply(evidence, "The error is not about a missing {parent}. {we_look}"),
            fix=lambda: _other_fix(key, error),
            resolves_when="the configured constraint is the one that failed",
        ),
    )


def _other_fix(key: ForeignKey | None, error: PastedError) -> Fix:
    if key is None:
        return fixes.in_the_application(
            "Find the constraint",
            "Search schema.prisma and the other environments for it.",
        )
    value = error.key or "the ID that was sent"
    column = ", ".join(key.parent_columns)
    return fixes.in_the_application(
        f"Check {key.parent_table} instead",
        f"Check whether {key.parent_table} has a row with {column} = {words.short(value)}.",
        "To look it up here, set constraint under [diagnosis].",
    )


def already_deployed(evidence: Evidence) -> Finding | None:
    found, error = evidence.found, evidence.error
    if found is None or error is None or evidence.id is None:
        return None
    return second(evidence, found) if is_second(error, found.facts) else None


def second(evidence: Evidence, found: IdFacts) -> Finding:
    """Say that it has its deployment already, whoever tells that a second one was refused."""
    caveat, nouns = tuple(_second_doubts(evidence, found)), evidence.nouns
    return make_finding(
        evidence,
        Finding(
            code="already-deployed",
            severity=Severity.ERROR,
            confidence=Confidence.LIKELY if caveat else Confidence.CERTAIN,
            summary=_second_words(evidence, found.facts),
            explanation=f"Update the existing {nouns.child} instead.",
            reply=lambda: reply(
                evidence,
                "Your {parent} already has its {child} in {here}. Please update it: a second "
                "one is not possible.",
            ),
            fix=lambda: fixes.in_the_application(
                f"Update the existing {nouns.child}",
                f"Use update or upsert instead of create for the {nouns.parent}'s {nouns.child}.",
            ),
            resolves_when=f"the existing {nouns.child} is updated",
        ),
        *caveat,
    )


def _second_words(evidence: Evidence, facts: EnvironmentFacts) -> str:
    """Say that a second one fails only where an index says so; else what the error said."""
    project, child, name = subject(evidence), evidence.nouns.child, evidence.target.name
    if facts.catalog.child and facts.catalog.child.key_unique:
        return f"{project} already has {child.a} in {name}; creating a second one fails."
    return (
        f"According to the error, {project} already had {child.a} in {name}, and only one "
        "was allowed."
    )


def explains(error: PastedError, facts: EnvironmentFacts) -> bool:
    """Whether a unique, not-null or validation error is about the key, or about an app's ID."""
    if error.problem in (Problem.UNIQUE, Problem.RELATION):
        return is_second(error, facts) or other_unique_column(error, facts) is not None
    if error.cascade:
        return not error.columns or _names_key(error, facts)
    return _nulls_key(error, facts)


def _second_doubts(evidence: Evidence, found: IdFacts) -> Iterator[str]:
    child = evidence.nouns.child
    if found.deployments is None:
        yield f"the {child.many} were not searched: no index covers them"
    elif not evidence.deployments(found):
        yield f"no {child} has this ID now: it was removed after the error"
    if found.catalog.child and not found.catalog.child.key_unique:
        yield f"nothing forbids a second {child} now: the key has no unique index"


def is_second(error: PastedError, facts: EnvironmentFacts) -> bool:
    """Whether the unique index on the key refused it."""
    if error.problem is Problem.RELATION:
        return True
    child = facts.catalog.child
    return (
        child is not None and error.problem is Problem.UNIQUE and _on(error, facts, child.key.names)
    )


def _on(error: PastedError, facts: EnvironmentFacts, columns: Sequence[str]) -> bool:
    """Whether a unique violation is about these columns; Prisma names it table_column_key."""
    definition = facts.catalog.definition
    named = "_".join((definition.child_table, *columns, "key")) if definition else None
    if error.constraint:
        return error.constraint == named
    told = error.columns or tuple((error.key_column or "").split(", "))
    return len(told) == len(columns) and all(map(_same, told, columns))


def appid_taken(evidence: Evidence) -> Finding | None:
    found, error = evidence.found, evidence.error
    if found is None or error is None or error.problem is not Problem.UNIQUE:
        return None
    column = other_unique_column(error, found.facts)
    if column is None:
        return None
    holder, nouns = _holder(error, found, column), evidence.nouns
    of = (
        f" by the {nouns.child} of {nouns.parent} {words.short(holder.project_id)}"
        if holder and holder.project_id
        else ""
    )
    return make_finding(
        evidence,
        Finding(
            code="appid-taken",
            severity=Severity.ERROR,
            confidence=Confidence.CERTAIN if holder else Confidence.LIKELY,
            summary=(
                f"The {nouns.child}'s {column} is already used in {evidence.target.name}{of}."
            ),
            explanation=(
                f"No {nouns.parent} is missing: another {nouns.child} has the same value."
            ),
            reply=lambda: reply(
                evidence,
                "Another {child} in {here} already uses a value that must be unique. {we_look}",
            ),
            fix=lambda: fixes.in_the_application(
                f"Use a new {column}",
                f"Generate another {column} for this {nouns.child} and {nouns.again}.",
            ),
            resolves_when=f"the {nouns.child} has its own {column}",
            suggestions=(holder.project_id,) if holder and holder.project_id else (),
        ),
        *(() if holder else ("the text does not say which value is used twice",)),
    )


def other_unique_column(error: PastedError, facts: EnvironmentFacts) -> str | None:
    """Name the child's unique column that the error is about, where it is not the key."""
    child, definition = facts.catalog.child, facts.catalog.definition
    if child is None or definition is None or _on(error, facts, child.key.names):
        return None
    return next(
        (
            each.column.name
            for each in facts.catalog.entities
            if _about(error, facts, each.table.oid, each.column.name)
        ),
        None,
    )


def _about(error: PastedError, facts: EnvironmentFacts, table_oid: int, column: str) -> bool:
    child = facts.catalog.child
    return child is not None and table_oid == child.table.oid and _on(error, facts, (column,))


def _holder(error: PastedError, found: IdFacts, column: str) -> EntityHit | None:
    hits = (hit for hit in found.entities if hit.column == column and hit.id == error.key)
    return next(hits, None)


def nested_connect(evidence: Evidence) -> Finding | None:
    error = evidence.error
    if error is None or not error.nested_connect or evidence.here.state is PresenceState.FOUND:
        return None
    nouns = evidence.nouns
    return make_finding(
        evidence,
        Finding(
            code="nested-connect",
            severity=Severity.ERROR,
            summary=(
                f"The {nouns.child} in {evidence.target.name} refers to {nouns.parent.a} that "
                "was not found: the same cause as a foreign-key error."
            ),
            explanation=(f"Prisma checked for the {nouns.parent} before the database did (P2025)."),
            reply=lambda: reply(
                evidence,
                "The {parent} of this {child} was not found in {here}. {copy_again}",
            ),
            fix=lambda: options.verify(evidence),
            resolves_when=f"the {nouns.parent} it refers to exists",
        ),
    )
