"""Schemas that public applications have: each an SQL file of this folder, and a line of SHAPES."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dashboard.demo.databases import LEDGER
from tests.conftest import Database
from tests.repetitions import repetition

FOLDER = Path(__file__).parent
INIT, NEXT = "20260101000000_init", "20260201000000_next"
SECTION = re.compile(r"^-- (parent|child|trace|other|pending)$\n", re.MULTILINE)
# a key that is there, one that another environment has, one that only traces are left of, one of
# another table's row, one of nothing, and the first one with a slip
NAMES = ("present", "elsewhere", "deleted", "other", "unknown", "typo")
KEYS = {
    "cuid": (
        ("cmfyok0xv0001l804v6i9h3zz",),
        ("cmgzpl1yw0002m915w7j0i4aa",),
        ("cmh1qm2zx0003n026x8k1j5bb",),
        ("cmi2rn3ay0004o137y9l2k6cc",),
        ("cmj3so4bz0005p248z0m3l7dd",),
        ("cmfyok0xv0001l804v6i9h3zy",),
    ),
    "uuid": (
        ("3f2504e0-4f89-41d3-9a0c-0305e82c3301",),
        ("7d444840-9dc0-41d1-b245-5ffdce74fad2",),
        ("c9bf9e57-1685-4c89-bafb-ff5af830be8a",),
        ("e4eaaaf2-d142-41b3-bb4f-6dd1b7c9d3a0",),
        ("0f14d0ab-9605-4a62-a9e4-5ed26688389b",),
        ("3f2504e0-4f89-41d3-9a0c-0305e82c3307",),
    ),
    "integer": (("101",), ("202",), ("303",), ("404",), ("505",), ("107",)),
    "slug": (
        ("acme-journal",),
        ("north-star-news",),
        ("old-gazette",),
        ("harbour-post",),
        ("silent-valley",),
        ("acme-jurnal",),
    ),
    "tenant": tuple(
        ("8f14e45f-ceea-467f-a8d1-1f0a5b2c9e11", number)
        for number in ("101", "202", "303", "404", "505", "107")
    ),
}
# what is said of each where nothing is particular about the schema
USUAL = {
    "present": "project-present",
    "elsewhere": "environment-mismatch",
    "deleted": "deleted-project",
    "other": "other-entity",
    "unknown": "stale-project-id",
    "typo": "id-typo",
}


Columns = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Shape:
    """A schema: the foreign key that is looked into, and what the rows of its parent are called.

    `says` are the codes that differ from the usual ones. `finds` are those that a check finds in
    the schema as it should be, `orphans` the kinds of which there are rows then. `copied`: whether
    a row can be copied from one environment to another, `compared`: whether ids of rows that are
    lost can be looked for elsewhere, `removed`: whether a statement that deletes is printed.
    `unread` is what is granted for when a pending migration is applied.
    """

    name: str
    constraint: str
    noun: str
    keys: str = "cuid"
    says: Mapping[str, str] = field(default_factory=dict)
    finds: frozenset[str] = frozenset()
    orphans: frozenset[str] = frozenset({"soft-link-ghost"})
    copied: bool = True
    compared: bool = True
    removed: bool = True
    unread: Columns = frozenset()
    query: str = ""

    def __str__(self) -> str:
        return f"{self.name}{self.query}"

    @property
    def has_key(self) -> bool:
        return "table-absent" not in self.finds

    @property
    def sections(self) -> Mapping[str, str]:
        first, *rest = SECTION.split((FOLDER / f"{self.name}.sql").read_text())
        return {"schema": first, **dict(zip(rest[::2], rest[1::2], strict=True))}

    @property
    def expected(self) -> Mapping[str, str]:
        return {**USUAL, **self.says}

    def key(self, which: str) -> tuple[str, ...]:
        return KEYS[self.keys][NAMES.index(which)]

    def pasted(self, which: str) -> str:
        values = self.key(which)
        return values[0] if len(values) == 1 else f"({', '.join(values)})"

    def row(self, section: str, which: str) -> str | None:
        """Write the insert of a section for one of the keys."""
        values = [each if each.isdigit() else f"'{each}'" for each in self.key(which)]
        text = self.sections.get(section)
        new = f"'new_{section}_{which}'"
        return text and text.replace(":key", ", ".join(values)).replace(":new", new)

    def build(self, database: Database, *rows: tuple[str, str]) -> None:
        """Make the schema as its first migration does, and fill it."""
        database.execute("drop schema public cascade; create schema public")
        database.execute(LEDGER)
        database.execute(self.sections["schema"])
        self.apply(database, INIT)
        self.add(database, *rows)

    def add(self, database: Database, *rows: tuple[str, str]) -> None:
        for section, which in rows:
            if statement := self.row(section, which):
                database.execute(statement)

    def apply(self, database: Database, migration: str) -> None:
        script = self.scripts[migration].encode()
        database.execute(
            "insert into public._prisma_migrations (id, checksum, migration_name, finished_at,"
            " applied_steps_count) values (gen_random_uuid()::text, %s, %s, now(), 1)",
            hashlib.sha256(script).hexdigest(),
            migration,
        )

    @property
    def scripts(self) -> Mapping[str, str]:
        pending = self.sections.get("pending")
        return {INIT: self.sections["schema"], **({NEXT: pending} if pending else {})}

    def configuration(self, folder: Path) -> str:
        """Write the migrations folder, and what is configured beside the environments."""
        for name, script in self.scripts.items():
            place = folder / "migrations" / name
            place.mkdir(parents=True, exist_ok=True)
            (place / "migration.sql").write_text(script)
        path = json.dumps(str(folder / "migrations"))
        constraint = json.dumps(self.constraint)
        return f"\n[diagnosis]\nconstraint = {constraint}\nmigrations = {path}\n"


LONG = "TenantOrganisationSubscriptionBillingAccount"
NUMBERED = {"other": "stale-project-id", "typo": "stale-project-id"}
UNSEARCHED = {"other": "stale-project-id"}
NO_TRACE = {"deleted": "stale-project-id", "other": "stale-project-id", "typo": "stale-project-id"}
UNKNOWN = dict.fromkeys(NAMES, "table-absent")
ABSENT = frozenset({"table-absent"})
NONE: frozenset[str] = frozenset()
SHAPES = (
    Shape("optional-key", "Chat_folderId_fkey", "folder"),
    Shape("one-to-one", "Badge_employeeId_fkey", "employee"),
    repetition(Shape("self-relation", "Category_parentID_fkey", "category")),
    Shape("many-to-many", "_DocumentToTag_A_fkey", "document"),
    Shape("tenant-key", "Order_tenantId_customerNo_fkey", "customer", keys="tenant",
        says=NO_TRACE, orphans=NONE, compared=False),
    Shape("multi-schema", "Page_workspaceId_fkey", "workspace", keys="uuid"),
    repetition(Shape("multi-schema", "Page_workspaceId_fkey", "workspace", keys="uuid",
        query="?schema=public")),
    repetition(Shape("snake-case", "purchase_orders_supplier_id_fkey", "supplier", keys="uuid")),
    Shape("integer-identity", "Booking_eventTypeId_fkey", "event type", keys="integer",
        says=NUMBERED, copied=False, compared=False),
    Shape("partitioned-child", "Reading_deviceId_fkey", "device"),
    Shape("inheritance", "Caption_assetId_fkey", "asset", removed=False),
    Shape("pending-table", "Answer_surveyId_fkey", "survey", says=UNKNOWN,
        finds=ABSENT | {"pending"}, orphans=NONE, unread=frozenset({("Author", "id")})),
    Shape("no-keys", "Member_teamId_fkey", "team", says=UNKNOWN, finds=ABSENT, orphans=NONE),
    Shape("hundred-tables", f"{LONG}InvoiceLineItem150_",
        "tenant organisation subscription billing account configuration entry", says=UNSEARCHED),
    Shape("citext-key", "repositories_organisation_login_fkey", "organisation", keys="slug",
        says={"typo": "stale-project-id"}, compared=False),
    repetition(Shape("slug-key", "Post_siteSlug_fkey", "site", keys="slug")),
)  # fmt: skip
