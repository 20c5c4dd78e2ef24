"""Differences of a schema in words, and as the lines of a diff."""

from collections.abc import Iterator, Sequence
from typing import Any

from dashboard.diagnose.migrations.schema.drift import Difference, What
from dashboard.diagnose.migrations.schema.image import Key, SchemaImage, squeezed
from dashboard.diagnose.migrations.schema.rehearsed import SchemaComparison
from queries.records import dataclass

RELATIONS = {"v": "view", "m": "materialized view", "c": "type", "f": "foreign table"}
CONSTRAINTS = {"f": "foreign key", "p": "primary key", "u": "unique constraint", "c": "check"}
FACETS = {
    "default_value": "default",
    "not_null": "NOT NULL",
    "is_unique": "unique",
    "using_expression": "USING",
    "check_expression": "WITH CHECK",
    "row_security": "row security",
    "collation_name": "collation",
}
HELD = "it is being changed right now, not compared"
OTHER_SCHEMAS = "outside of tables"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a diff: `-` is what the migrations make, `+` what is there."""

    sign: str
    text: str


def kind(key: Key, row: Any) -> str:
    """Say what an object is."""
    if key[0] == "relation":
        return RELATIONS.get(row.kind, "table")
    if key[0] == "constraint":
        return CONSTRAINTS.get(row.type, "constraint")
    return key[0]


def called(key: Key) -> str:
    """Name it; of functions several have one name."""
    return f"{key[2]}({key[3]})" if key[0] == "function" else key[-1]


def sentence(difference: Difference, comparison: SchemaComparison) -> str:
    """Say one difference, with its table."""
    image = comparison.found if difference.what is What.EXTRA else comparison.expected
    row = image.objects[difference.key]
    table = f" of {difference.table[1]}" if _inside(difference) and difference.table else ""
    named = f"{kind(difference.key, row)} {called(difference.key)}{table}"
    match difference.what:
        case What.MISSING:
            return f"{named} is missing"
        case What.EXTRA:
            return f"{named} is there beside what the migrations make"
        case What.RENAMED:
            return f"{named} is called {difference.found}"
        case What.NOT_COMPARABLE:
            return f"{named}: {unsure(difference)}"
        case What.CHANGED:
            ours, theirs = shown(difference.expected), shown(difference.found)
            return f"{named}: {facet(difference)} is {theirs}; {ours} by the migrations"


def unsure(difference: Difference) -> str:
    """Say why it is not compared: as a whole, or in one facet."""
    return f"its {facet(difference)} cannot be compared" if difference.facet else HELD


def _inside(difference: Difference) -> bool:
    return difference.kind != "relation"


def facet(difference: Difference) -> str:
    name = difference.facet or ""
    return FACETS.get(name, name.replace("_", " "))


def shown(value: object) -> str:
    """Say the value of a facet."""
    if value is None or value in ("", ()):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    return str(squeezed(value))


def by_table(differences: Sequence[Difference]) -> dict[str, list[Difference]]:
    """Group what belongs to one table, in the order of their names."""
    grouped: dict[str, list[Difference]] = {}
    for each in sorted(differences, key=lambda each: (each.table or ("", ""), each.key)):
        title = each.table[1] if each.table else OTHER_SCHEMAS
        grouped.setdefault(title, []).append(each)
    return grouped


def lines(difference: Difference, comparison: SchemaComparison) -> Iterator[Line]:
    """Write it as a diff does."""
    expected, found = comparison.expected, comparison.found
    match difference.what:
        case What.MISSING:
            yield Line("-", described(difference.key, expected))
        case What.EXTRA:
            yield Line("+", described(difference.key, found))
        case What.NOT_COMPARABLE if difference.facet is None:
            yield Line(" ", f"{_named(difference.key, expected)}: {HELD}")
        case What.RENAMED:
            yield Line("-", described(difference.key, expected))
            yield Line("+", f"called {difference.found}")
        case What.NOT_COMPARABLE | What.CHANGED:
            named = f"{_named(difference.key, expected)}: {facet(difference)}"
            unsure = " (cannot be compared)" if difference.what is What.NOT_COMPARABLE else ""
            yield Line("-", f"{named} {shown(difference.expected)}")
            yield Line("+", f"{named} {shown(difference.found)}{unsure}")


def _named(key: Key, image: SchemaImage) -> str:
    return f"{kind(key, image.objects[key])} {called(key)}"


def described(key: Key, image: SchemaImage) -> str:
    """Say an object with what makes it what it is."""
    row, named = image.objects[key], _named(key, image)
    match key[0]:
        case "column":
            needed = " NOT NULL" if row.not_null else ""
            default = f" DEFAULT {row.default_value}" if row.default_value is not None else ""
            return f"{named} {row.type}{needed}{default}"
        case "index":
            return f"{'unique ' if row.is_unique else ''}{named} USING {row.definition}"
        case "constraint":
            return f"{named} {row.definition}"
        case "enum":
            return f"{named} ({', '.join(row.labels)})"
        case _:
            return named
