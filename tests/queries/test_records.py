import copy
import dataclasses
import pickle
from collections.abc import Mapping
from dataclasses import asdict, field, fields, is_dataclass, replace
from functools import cached_property
from typing import Any, Generic, TypeVar

import pytest

from queries.records import dataclass, settle

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 0


@dataclass(frozen=True, slots=True)
class Named(Point):
    name: str = "-"


@dataclass(frozen=True, slots=True)
class Line:
    points: tuple[Point, ...]
    notes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        settle(self, "points", tuple(self.points))


@dataclass(frozen=True)
class Counted:
    texts: tuple[str, ...]

    @cached_property
    def total(self) -> list[int]:
        return [len(each) for each in self.texts]


@dataclass(frozen=True, slots=True)
class Login:
    user: str
    password: str = field(repr=False)
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Refusal:
    kind: str
    said: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Box(Generic[T]):
    content: T


@dataclass(slots=True)
class Tally:
    seen: list[int] = field(default_factory=list)


def test_records_of_one_class_are_equal_by_their_fields() -> None:
    assert Point(1) == Point(1, 0)
    assert Point(1) != Point(2)
    assert Point(1) != Named(1)
    assert {Point(1): "found"}[Point(1)] == "found"


def test_a_box_is_itself_alone() -> None:
    box: Box[int] = Box(1)
    assert box == box
    assert box != Box(1)
    assert len({box, Box(1)}) == 2


def test_a_frozen_record_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Point(1).x = 2  # type: ignore[misc]


def test_a_tally_can_and_has_a_list_of_its_own() -> None:
    tally = Tally()
    tally.seen.append(1)
    assert Tally() == Tally([])
    assert tally.seen == [1]
    with pytest.raises(TypeError):
        hash(tally)


def test_what_a_record_settles_itself_is_kept() -> None:
    assert Line([Point(1)]).points == (Point(1),)  # type: ignore[arg-type]


def test_a_cached_property_is_worked_out_once() -> None:
    counted = Counted(("a", "bc"))
    assert counted.total is counted.total
    assert counted == Counted(("a", "bc"))


def test_what_is_hidden_is_in_no_text() -> None:
    login = Login("reader", "secret", token="secret")
    assert repr(login) == "Login(user='reader')"
    assert "secret" not in f"{login}{[login]}{login.__rich_repr__()}"  # type: ignore[attr-defined]
    assert (login.password, login.token, Login("a", "b").token) == ("secret", "secret", "")
    assert login != Login("reader", "another", token="secret")
    with pytest.raises(TypeError):
        Login("reader")  # type: ignore[call-arg]


def test_what_is_not_compared_makes_no_difference() -> None:
    assert Refusal("timeout", "in words") == Refusal("timeout")
    assert len({Refusal("timeout", "in words"), Refusal("timeout")}) == 1


@pytest.mark.parametrize(
    "record", [Point(1), Named(1, 2, "a"), Line((Point(1),), {"a": "b"}), Counted(("a",))]
)
def test_the_functions_of_dataclasses_take_records(record: Point | Line | Counted) -> None:
    same: dict[str, object] = {each.name: getattr(record, each.name) for each in fields(record)}
    assert is_dataclass(record)
    assert is_dataclass(type(record))
    assert replace(record) == type(record)(**same)
    assert tuple(same) == type(record).__match_args__
    assert copy.copy(record) == copy.deepcopy(record) == pickle.loads(pickle.dumps(record))


def test_records_within_a_record_become_mappings() -> None:
    line = Line((Point(1),), {"a": "b"})
    assert asdict(line) == {"points": ({"x": 1, "y": 0},), "notes": {"a": "b"}}
    assert replace(line, notes={}) == Line((Point(1),))


def test_fields_tell_their_types() -> None:
    assert [(each.name, each.type) for each in dataclasses.fields(Named)] == [
        ("x", int),
        ("y", int),
        ("name", str),
    ]


class Doubled:
    """A field that reads itself."""

    def __get__(self, record: Any, kind: type) -> int:
        return 0 if record is None else 2 * int(vars(record)["said"])

    def __set__(self, record: Any, value: int) -> None:
        vars(record)["said"] = value


@dataclass(frozen=True)
class Reading:
    number: Doubled = Doubled()


def test_a_field_may_read_itself() -> None:
    assert Reading(4).number == 8  # type: ignore[arg-type, comparison-overlap]
    assert Reading().number == 0  # type: ignore[comparison-overlap]
