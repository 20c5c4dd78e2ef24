"""The migrations folder: what another runner than Prisma is to run.

| a folder has a migration.ts and no migration.sql    | finding        |
| --------------------------------------------------- | -------------- |
| the ledger of each environment has it as applied    | -              |
| some ledger does not: told once, of the first       | data-migration |
"""

from collections.abc import Iterator

from dashboard.diagnose import words
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health.answered import lacks
from dashboard.diagnose.health.case import Case, Check
from dashboard.diagnose.health.checks import applied
from dashboard.diagnose.migrations import repairs
from dashboard.diagnose.migrations.folder import Folder


def judge(case: Case) -> Iterator[Finding]:
    """Tell of the folder, once: it is the same for all environments."""
    reference = case.ledger.reference
    if not isinstance(reference, Folder) or not reference.typescript or case.ledger.by_contract:
        return
    lacking = case.answered.lacking(reference.typescript)
    if not lacking or lacking[0].name != case.facts.name:
        return
    names = sorted(set().union(*(lacks(each, reference.typescript) for each in lacking)))
    places = words.environments([each.environment for each in lacking])
    yield Finding(
        code="data-migration",
        severity=Severity.WARNING,
        environment=case.facts.name,
        summary=f"{words.count(len(names), 'folder')} of the migrations folder "
        f"{'has' if len(names) == 1 else 'have'} a migration.ts instead of a script and "
        f"no row in the ledger of {places}: {words.some(names)}.",
        explanation="Prisma does not run TypeScript: prisma migrate deploy stops there with "
        "P3015. Your own runner may have run it without a record in the ledger.",
        evidence=case.ledger.facts(*(f"{name}: migration.ts, no row" for name in names)),
        fix=repairs.run_typescript(places),
        resolves_when="the ledger of each environment contains it, or the folder is moved",
    )


CHECK = Check(
    "Migrations that Prisma runs",
    frozenset({"data-migration"}),
    judge,
    applied.sees,
    lambda case: isinstance(case.ledger.reference, Folder),
    between=True,
)
