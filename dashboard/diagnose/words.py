"""How things are called in sentences, so that every sentence calls them the same."""

from collections.abc import Sequence
from datetime import UTC, datetime

from dashboard.environments import Environment
from queries import patterns
from queries.rows import ForeignKey, Project

LONGEST_ID = 60
LONGEST_NAME = 100
NAMED_AT_MOST = 5
DELETE_ACTIONS = {
    "a": "no action",
    "r": "restrict",
    "c": "cascade",
    "n": "set null",
    "d": "set default",
}
UNSEEN = "\N{OPEN BOX}"
_LINE_END = patterns.lazy(r"\s*[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
_JOINERS = "\u200c\u200d"  # emoji and some scripts are written with them


def line(text: str) -> str:
    """Make one line of a text, in which nothing moves a cursor or turns the words around."""
    one = _LINE_END.sub(" ", text)
    return one if one.isprintable() else "".join(map(_visible, one))


def _visible(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return " " if character.isspace() else UNSEEN


def short(identifier: str) -> str:
    """Show an id as it is, with what cannot be seen made visible, and cut where it is endless."""
    shown = identifier[:LONGEST_ID]
    if not shown.isprintable():
        shown = "".join(each if each.isprintable() else UNSEEN for each in shown)
    return _cut(shown.replace(" ", UNSEEN), LONGEST_ID, len(identifier))


def _cut(text: str, most: int, length: int) -> str:
    return text if length <= most else text[: most - 1] + "…"


def listed(names: Sequence[str]) -> str:
    """Join names as people do: a, b and c."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else "none"


def some(names: Sequence[str]) -> str:
    """Join the first few, shortened, and say how many more there are."""
    shown = [short(each) for each in names[:NAMED_AT_MOST]]
    more = len(names) - NAMED_AT_MOST
    return listed([*shown, f"{more} more"] if more > 0 else shown)


def environments(places: Sequence[Environment]) -> str:
    """Name them; of many the important ones, and how many more there are."""
    if len(places) <= NAMED_AT_MOST + 1:
        return listed([each.name for each in places])
    important = sorted(places, key=lambda each: each.role.rank)[:NAMED_AT_MOST]
    more = f"{len(places) - NAMED_AT_MOST} more"
    return listed([*(each.name for each in important), more])


def moment(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def capital(text: str) -> str:
    """Begin a sentence, or a label, with it."""
    return text[:1].upper() + text[1:]


def known_as(found: Project) -> str:
    """Describe it after a verb: it exists as “Shop demo”; it exists, without a name."""
    return f"{' as ' if found.name else ', '}{project(found)}"


def project(found: Project) -> str:
    """Describe a found row by name and age: “Shop demo”, created 2025-09-30 UTC."""
    name = f"“{_named(found.name)}”" if found.name else "without a name"
    return f"{name}, created {found.created_at:%Y-%m-%d} UTC" if found.created_at else name


def marked_as_deleted(found: Project) -> str | None:
    """Say how a project is marked as deleted, which a time does or a truth."""
    if found.deleted_at:
        return f"marked as deleted since {moment(found.deleted_at)}"
    return "marked as deleted" if found.deleted else None


def _named(name: str) -> str:
    return _cut(line(name[:LONGEST_NAME]), LONGEST_NAME, len(name))


def count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def foreign_key(key: ForeignKey) -> str:
    flags = (
        "validated" if key.validated else "not validated",
        "" if key.enforced else "not enforced",
        "" if key.child_triggers_on is not False else "its checks on new rows are disabled",
        "" if key.parent_triggers_on is not False else "its checks on deletes are disabled",
    )
    target = f'{key.parent_schema}."{key.parent_table}"'
    action = DELETE_ACTIONS.get(key.delete_action, key.delete_action)
    return f"{key.name} references {target}, on delete {action}, {', '.join(filter(None, flags))}"
