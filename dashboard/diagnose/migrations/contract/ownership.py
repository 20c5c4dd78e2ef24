"""What is wrong with who owns the migrations; where nobody knows, nothing else is judged."""

from collections.abc import Iterator

from dashboard.diagnose import words
from dashboard.diagnose.facts import TableAccess
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.migrations.contract import repairs
from dashboard.diagnose.migrations.contract.packages import APP
from dashboard.diagnose.migrations.contract.view import UNREADABLE, ContractView, Owner

INERT = "The ledger of Prisma 7 and older no longer counts."


def undecided(view: ContractView) -> Finding | None:
    """Say why nobody knows who owns them, if so."""
    if view.unreadable:
        return _unreadable(view)
    return _undecided(view) if view.owner is Owner.UNKNOWN else None


def wrong(view: ContractView) -> Iterator[Finding]:
    """Say what is wrong with the ownership itself, where Prisma 8 has it."""
    if view.owner is Owner.BOTH:
        yield _two_owners(view)
    if view.older_unread:
        yield _older_unread(view)
    if view.older and not view.handed_over:
        yield _not_handed_over(view)


def signed(view: ContractView) -> Finding:
    """Say that there is a marker, while Prisma 7 still owns the migrations."""
    name = view.environment
    return Finding(
        code="not-handed-over",
        severity=Severity.INFO,
        environment=name,
        summary=f"{name} is signed for Prisma 8; Prisma 7 still owns its migrations.",
        explanation="The ledger of Prisma 7 counts. A marker that lags behind is fine: only "
        "prisma db sign writes it.",
        evidence=view.seen(view.at_marker(APP)),
        resolves_when="the migrations are handed over to Prisma 8",
    )


def _not_handed_over(view: ContractView) -> Finding:
    name, others = view.environment, words.listed(view.migrated) if view.migrated else "the folder"
    return Finding(
        code="not-handed-over",
        severity=Severity.WARNING,
        environment=name,
        summary=f"{name} is not handed over to Prisma 8, unlike {others}.",
        explanation=f"Prisma 8 has neither signed nor migrated it. {INERT}",
        evidence=view.seen("no marker and no row of Prisma 8's"),
        fix=repairs.hand_over(view),
        resolves_when=f"{name} has a marker of Prisma 8's",
    )


def _unreadable(view: ContractView) -> Finding:
    name, tables = view.environment, view.tables
    layout = TableAccess.UNKNOWN_LAYOUT in (tables.marker, tables.ledger)
    forbidden = TableAccess.FORBIDDEN in (tables.marker, tables.ledger)
    why = (
        "an older version of Prisma 8 created its tables with another layout"
        if layout
        else "the role may not read Prisma 8's tables"
        if forbidden
        else "reading Prisma 8's tables timed out"
    )
    return Finding(
        code="migrations-unknown",
        severity=Severity.UNKNOWN,
        environment=name,
        summary=f"The state of the migrations in {name} is unknown: {why}.",
        explanation=f"Prisma 8 keeps the state of the migrations there. {INERT}",
        evidence=view.seen(
            f"prisma_contract.marker: {_words(tables.marker)}",
            f"prisma_contract.ledger: {_words(tables.ledger)}",
            query="contract_columns",
        ),
        fix=repairs.look_with_prisma(view)
        if layout
        else repairs.grant(view)
        if any(each in UNREADABLE for each in (tables.marker, tables.ledger))
        else repairs.ask_again(view),
        resolves_when="Prisma 8's tables are readable",
    )


def _words(access: TableAccess) -> str:
    return access.value.replace("-", " ")


def _undecided(view: ContractView) -> Finding:
    name = view.environment
    return Finding(
        code="migrations-unknown",
        severity=Severity.UNKNOWN,
        environment=name,
        summary=f"It is unknown which Prisma owns the migrations of {name}: it is signed for "
        "Prisma 8, which has applied nothing there.",
        explanation="Before the handover the ledger of Prisma 7 counts, afterwards Prisma 8's "
        "packages. The folder decides.",
        evidence=view.seen(view.at_marker(APP)),
        fix=repairs.configure_folder(view),
        resolves_when="the folder of Prisma 8 is readable, or it has applied a migration",
    )


def _two_owners(view: ContractView) -> Finding:
    last = max(each.created_at for each in view.edges if each.space == APP)
    later = [each for each in view.facts.migrations or () if each.started_at > last]
    names = words.some([each.name for each in later])
    return Finding(
        code="two-owners",
        severity=Severity.ERROR,
        environment=view.environment,
        summary=f"Prisma 7 migrated {view.environment} after Prisma 8 took over: {names}.",
        explanation="Prisma 8 does not know this: the tables may no longer match the contract "
        "of its marker.",
        evidence=view.seen(
            f"Prisma 8 applied its last one {words.moment(last)}",
            *(f"{each.name}: started {words.moment(each.started_at)}" for each in later),
        ),
        fix=repairs.one_owner(view),
        resolves_when="Prisma 8 has applied a migration since the last one of Prisma 7",
    )


def _older_unread(view: ContractView) -> Finding:
    name = view.environment
    return Finding(
        code="migrations-unknown",
        severity=Severity.UNKNOWN,
        environment=name,
        summary=f"It is unknown whether Prisma 7 still migrates {name}: its ledger was not read.",
        explanation="Prisma 8 owns the migrations. A newer row of Prisma 7 would mean that both "
        "do.",
        evidence=view.seen("rows of _prisma_migrations: not read", query="migrations"),
        fix=repairs.read_older(view),
        resolves_when="the ledger of Prisma 7 is readable or dropped",
    )
