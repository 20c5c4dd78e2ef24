"""Whatever is pasted, reading it ends, quickly enough, and with something PostgreSQL accepts."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dashboard.diagnose.paste import Paste, looks_like, read, reading
from tests.repetitions import every_nth

FIXTURES = Path(__file__).parents[2] / "fixtures" / "pasted-errors.json"
TEXTS = [case["text"] for case in json.loads(FIXTURES.read_text(encoding="utf-8"))]
PIECES = sorted({line for text in TEXTS for line in text.split("\n")})
MOST_CHARACTERS = 100_000
MOST_IDS = 20_000

PATIENTLY = settings(deadline=None)  # the machine may be busy
ANY = st.text(st.characters(), max_size=300)
IDENTIFIERS = st.one_of(
    st.from_regex(r"c[0-9a-z]{24}", fullmatch=True),
    st.from_regex(r"[a-z][0-9a-z]{23}", fullmatch=True),
    st.from_regex(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9_-]{20}[A-Za-z0-9]", fullmatch=True),
    st.from_regex(r"[-_][A-Za-z0-9_-]{19}[A-Za-z0-9]", fullmatch=True),
    st.from_regex(r"[1-9][0-9]{0,18}", fullmatch=True),
    st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,8}){0,2}", fullmatch=True),
    st.uuids().map(str),
)
BEFORE = st.text("\"'`“‘([{< \t\n\u00a0\u200b\ufeff", max_size=6)
AFTER = st.text("\"'`”’)]}> \t\n\u00a0\u200b\u2060,;.", max_size=6)
HEADINGS = "id", "project", "projectid", "ids", "projects"


@PATIENTLY
@given(IDENTIFIERS)
def test_an_id_alone_is_read_as_if_it_could_be_anything(text: str) -> None:
    assert read(text) == reading._read(text, reading.USUAL, truncated=False)


def check(paste: Paste) -> None:
    assert len(paste.ids) <= MOST_IDS + 1
    assert len(set(paste.project_ids)) == len(paste.ids)
    for each in paste.ids:
        assert each.text
        assert each.text not in each.variants
        assert len(each.variants) == len(set(each.variants)) <= 8
        for spelling in (each.text, *each.variants):
            assert "\x00" not in spelling
            spelling.encode()
    for error in paste.errors:
        names = error.key, error.key_column, error.constraint, error.migration, error.model
        for name in filter(None, (*names, error.table, error.parent_table, *error.columns)):
            assert "\x00" not in name
            name.encode()
        assert error.at is None or error.at.tzinfo is not None
    assert hash(paste) == hash(paste)


@PATIENTLY
@given(ANY)
def test_any_text(text: str) -> None:
    paste = read(text)
    check(paste)
    assert read(text) == paste


@PATIENTLY
@given(st.lists(st.one_of(st.sampled_from(PIECES), ANY), max_size=12), st.sampled_from("\n \t"))
def test_pieces_of_real_errors(pieces: list[str], between: str) -> None:
    check(read(between.join(pieces)))


@PATIENTLY
@given(st.sampled_from(TEXTS), st.data())
def test_real_errors_with_a_part_missing(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    check(read(text[:start] + text[end:]))


@PATIENTLY
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), ANY),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(
                st.one_of(ANY, st.sampled_from(["id", "projectId", "code", "time", "detail"])),
                inner,
                max_size=4,
            ),
        ),
    )
)
def test_any_json(value: object) -> None:
    check(read(json.dumps(value)))


@PATIENTLY
@given(BEFORE, IDENTIFIERS, AFTER)
@example("", "c123456789012345678901234", ". ;>")  # its end is no number of a list
def test_an_id_is_read_out_of_its_dirt(before: str, identifier: str, after: str) -> None:
    paste = read(before + identifier + after)
    if identifier in HEADINGS:  # a heading, not an id
        return
    assert paste.project_ids == (identifier,)


@PATIENTLY
@given(st.integers(0, 25), IDENTIFIERS)
def test_a_zero_width_space_anywhere(place: int, identifier: str) -> None:
    if identifier not in HEADINGS:
        assert read(identifier[:place] + "\u200b" + identifier[place:]).project_ids == (identifier,)


@PATIENTLY
@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r\x1b"), min_size=1)
)
@example('重复键违反唯一约束"')  # a sentence of PostgreSQL's
def test_a_detail_keeps_any_value(value: str) -> None:
    text = f'Key (projectId)=({value}) is not present in table "Project".'
    assert read(json.dumps({"detail": text, "code": "23503"})).errors[0].key == value


@PATIENTLY
@given(st.lists(IDENTIFIERS.filter(looks_like), min_size=2, max_size=9, unique=True))
def test_a_list_of_ids(identifiers: list[str]) -> None:
    expected = tuple(identifiers)
    assert read("\n".join(identifiers)).project_ids == expected
    assert read(", ".join(identifiers)).project_ids == expected
    assert read(json.dumps(identifiers)).project_ids == expected


@pytest.mark.parametrize("broken", ["\x00", "\ud800"], ids=ascii)
def test_no_name_of_an_error_has_what_cannot_be_sent(broken: str) -> None:
    for text in TEXTS[::3]:
        for place in range(3, min(len(text), 400), 41):
            check(read(text[:place] + broken + text[place:]))


FLOODS = [
    "(",
    "[",
    "{",
    '{"a":',
    '{"a":\n',
    '["',
    '\n["\\n\\n',
    "[\u00a0\n",
    '{"a":1}\n',
    "Key (",
    "Key (a)=(b ",
    "Key (a)=(b) ",
    "Failing row contains (",
    "\\",
    '\\"',
    "\\n",
    " ",
    "\n",
    "\u00a0",
    "\u200b",
    "\x00",
    "\ud800",
    "\ufdfa",
    "a@",
    "a@a.",
    "a",
    "aaaa ",
    "-",
    '"',
    "'",
    "`",
    "Invalid `",
    "Invalid `a.b()` invocation\n",
    "\x1b[",
    "Foreign key constraint violated on the constraint: `a_b_fkey`\n",
    'ERROR:  insert or update on table "a" violates foreign key constraint "b_c_fkey"\n',
    'DETAIL:  Key (projectId)=(x) is not present in table "Project".\n',
    'is not present in table "',
    "UPDATE ONLY ",
    "https://",
    "https://a/projects/1 ",
    "%41",
    '2026-11-22 14:58:21.490 UTC,"',
    '2026-11-22 14:58:21.490 UTC,"\n',
    "2026-11-22 14:58:21.490 UTC,a\rb\x00c,",
    "2026-11-22 14:58:21.490 UTC ",
    'projectId="',
    "projectId: p1, ",
    'id: "x" ',
    "a: '\\",
    "connect: { id: ",
    "where id='",
    "where id in ('a','",
    "insert into a(projectId) values (",
    "    at x\n",
    "_fkey",
    "P2003 ",
    "cmfyok0xv0001l804v6i9h3zz\n",
    "a1,",
    "- a1\n",
    "a|id|b\n",
    "😀",
]


@pytest.mark.parametrize("flood", every_nth(FLOODS, 4), ids=repr)
def test_a_flood_of(flood: str) -> None:
    text = (flood * (MOST_CHARACTERS // len(flood) + 1))[:MOST_CHARACTERS]
    paste = read(text)
    check(paste)
    assert not paste.truncated


def test_a_flood_of_everything() -> None:
    chance = random.Random(7)
    for _ in range(20):
        parts = chance.choices(FLOODS + PIECES, k=2_000)
        check(read("".join(parts)))


def test_deep_json_closed_again() -> None:
    deep = '{"project":' * 9_000 + '{"id":"p1"}' + "}" * 9_000
    check(read(deep))
    assert read('{"project":' * 50 + '{"id":"p1"}' + "}" * 50).project_ids == ("p1",)


def test_json_that_fails_again_and_again_counts_no_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each error of the decoder counts the lines before it: that would be a square of the text."""
    counted: list[int] = []
    made = json.JSONDecodeError.__init__

    def remember(error: json.JSONDecodeError, message: str, text: str, place: int) -> None:
        made(error, message, text, place)
        counted.append(error.lineno)

    monkeypatch.setattr(json.JSONDecodeError, "__init__", remember)
    check(read('["\n' * 1_000))
    assert len(counted) >= 1_000
    assert set(counted) == {1}
