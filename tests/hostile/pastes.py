"""Ten thousand hostile pastes, the same ones every time."""

import importlib
import pkgutil
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

from dashboard.demo.scenarios import ONLY_LOCAL, SHOP
from dashboard.diagnose import paste
from queries.patterns import _Lazy

NUMBER = 10_000
SEED = 20_261_123
LONG = 100_000  # characters, all of which are read
ENDLESS = 1_000_000  # of which only the two ends are
ESCAPE = "\x1b"

Make = Callable[[random.Random], str]


@dataclass(frozen=True, slots=True)
class Hostile:
    """A paste, and the class of attack that it is of."""

    kind: str
    text: str


SQL = (
    "' or 1=1 --",
    '\'; drop table "Project"; --',
    'x\'; commit; delete from "Project"; --',
    "x') union select rolname from pg_authid --",
    "$$; select pg_sleep(30); $$",
    "\\'; copy users to program 'id' --",
    "x'; set transaction read write; --",
    "1; select pg_terminate_backend(pid) from pg_stat_activity",
    'x" ; select * from pg_shadow; --',
    "U&'\\0061' uescape '!'",
    "E'\\x27'; vacuum; --",
    "/* */ x /* ' */",
)
MARKDOWN = (
    "**bold**", "# heading", "- item", "> quote", "`code`", "~~gone~~", "[a](https://evil.example)",
    "![i](https://evil.example/x.png)", "[a](javascript:alert(1))", "<https://evil.example>",
    "| a | b |\n|---|---|\n| c | d |", "a\n***\nb", "[x]: https://evil.example", "```\nfence\n```",
    "\\[a\\]", "1. one", "[^1]", "- [ ] task",
)  # fmt: skip
HTML = (
    "<script>window.hit=1</script>", "<img src=x onerror=window.hit=1>",
    "<svg/onload=window.hit=1>", "<iframe src=https://evil.example>",
    "<a href=javascript:window.hit=1>a</a>", "</textarea><b>x", "<style>*{display:none}</style>",
    "&lt;script&gt;", "&#x3c;b&#x3e;", "<!-- x", "<![CDATA[x]]>",
    "<link rel=stylesheet href=https://evil.example/x.css>", '"><base href=https://evil.example>',
    "<math><mtext><script>window.hit=1</script>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
)  # fmt: skip
DIRECTIVES = (
    ":red[x]", ":material/home:", ":blue-background[x]", ":green-badge[:material/check: Healthy]",
    ":smile:", ":small[x]", "$latex$", "$$\\int_0^1$$", "$\\href{javascript:window.hit=1}{x}$",
    ":rainbow[x]", ":streamlit:", "-> <- -- >= <=", ":violet[a :red[b]]", "www.evil.example",
    "me@evil.example", "https://evil.example", ":help[x]{y}", ":orange-badge[", ":shortcut[Ctrl+K]",
)  # fmt: skip
TERMINAL = (
    "\x1b[31m", "\x1b[2J\x1b[H", "\x1b]0;title\x07", "\x1b]8;;https://evil.example\x1b\\link",
    "\x1b[6n", "\x1bc", "\x9b31m", "\x1bP1$r0\x1b\\", "\x1b]52;c;ZXZpbA==\x07", "\x1b[8m",
    "\x1b[1A\x1b[2K", "\x1b[?1049h", "\x08\x08\x08", "\r", "\x0c", "\x0b", "\x07", "\x0e", "\x7f",
    "\x85", "\x84",
)  # fmt: skip
CONTROL = tuple(chr(code) for code in (*range(32), *range(127, 160)))
SURROGATES = tuple(chr(code) for code in (0xD800, 0xDBFF, 0xDC00, 0xDC80, 0xDCFF, 0xDFFF))
BIDI = tuple("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
INVISIBLE = tuple(
    "\u00ad\u034f\u115f\u180e\u200b\u200c\u200d\u2060\u2061\u2064\u206a\ufeff\ufff9\U000e0001\U000e0041"
)
LINE_ENDS = tuple("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
SPACES = tuple("\u00a0\u1680\u2000\u2003\u2007\u2009\u200a\u202f\u205f\u3000\u2800\u3164")
COMBINING = tuple(chr(code) for code in range(0x300, 0x370))
EMOJI = (
    "😀",
    "👨‍👩‍👧‍👦",
    "🏳️‍🌈",
    "🇩🇪",
    "👍🏿",
    "❤️",
    "1️⃣",
    "🧑🏽‍🚀",
    "☠",
    "ﷺ",
    "ﬁ",
    "Ⅷ",
    "ß",
    "İ",
    "ı",
    "ſ",
    "𝕏",
    "Ａ",
)
FORMULAS = (
    "=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠SUM(A1)",
    '=HYPERLINK("https://evil.example","x")', "=cmd|' /C calc'!A0", ' =1', '"=1', "'=1", ";=1",
    ",=1", "%0A=1", "=IMPORTXML(A1)", "\ufeff=1", "\u200b=1", "\u00a0=1",
)  # fmt: skip
URLS = (
    "https://evil.example/projects/{}", "javascript:alert(1)//{}", "data:text/html,<script>{}",
    "//evil.example/{}", "https://u:p@evil.example/projects/{}?id={}", "file:///etc/passwd#{}",
    "postgresql://u:Secr3tPw@evil.example/{}", "https://[::1/{}", "http://a:b:c/{}", "https://%zz/{}",
    "https://evil.example/projects/{}/../../..", "https://evil.example/%2e%2e/{}", "https://\u202e/{}",
    "https://xn--a/{}", "https://evil.example:99999999/projects/{}", "/projects/{}?env=../{}",
    "https://evil.example/?projectId={}&projectId={}", "ht\ntp://x/{}", "https://x/projects/%00{}",
)  # fmt: skip
JSON_SHAPES = (
    '{"id": "X"}', '{"projectId": "X"}', '{"projectId": {"id": "X"}}', '["X"]', '{"project": ["X",',
    '{"id": null}', '{"id": 1e999}', '{"id": NaN}', '{"id": "\\ud800X"}', '{"id": "\\u0000X"}',
    '{"id": 12345678901234567890123456789}', '{"__proto__": {"id": "X"}}', '{"id": "X", "id": "Y"}',
    '{"a": "{\\"projectId\\": \\"X\\"}"}', '{"code": "P2003", "meta": {"constraint": "X"}}', "[[[[",
    '{"detail": "Key (projectId)=(X) is not present in table \\"Project\\".", "code": "23503"}',
)  # fmt: skip
PLACEHOLDERS = (
    "%s", "%(id)s", "%%", "%", "{id}", "{}", "{0}", "{id!r:>99}", ":id", ":ids", "$1", "?", "@id",
    "%(ids)s", "{parent}", "{key}", "${DATABASE_URL}", "#{x}", "{{x}}", "<%= x %>", "%n%n%n",
    "$(id)", "`id`", "{0.__class__.__mro__}", "\\g<0>", "\\1", "%-9999999d",
)  # fmt: skip
BACKSLASHES = (
    "\\",
    "\\\\",
    "\\'",
    '\\"',
    "\\n",
    "\\x00",
    "\\u0000",
    "\\0",
    "\\N{DASH}",
    "\\%",
    "\\_",
    "\\copy",
)
WILDCARDS = (
    "%",
    "_",
    "%%%",
    "____",
    "\\%",
    "[a-z]%",
    "c%",
    "cm_",
    "*",
    ".*",
    "(a|b)*",
    "?",
    "%_%_%",
)
PATHS = (
    "../../etc/passwd",
    "..\\..\\x",
    "C:\\x",
    "/dev/zero",
    "con",
    "\\\\evil\\x",
    "~root",
    "a/../b",
)
ERRORS = (
    "Foreign key constraint violated on the constraint: `X`",
    "Invalid `prisma.X.create()` invocation:\n\n\nForeign key constraint violated on the "
    "constraint: `Y`",
    'ERROR:  insert or update on table "X" violates foreign key constraint "Y"\nDETAIL:  Key '
    '(projectId)=(X) is not present in table "Y".',
    "Unique constraint failed on the fields: (`X`)",
    "The column `X` does not exist in the current database.",
    "The table `X` does not exist in the current database.",
    "No 'X' record was found for a nested connect",
    "Migration name: X\nA migration failed to apply. New migrations cannot be applied\n"
    "Database error code: 23503",
    "Error: P3018\nA migration failed to apply\nMigration name: X",
    "Can't reach database server at `X`",
    'null value in column "X" of relation "Y" violates not-null constraint\nDETAIL:  Failing row '
    "contains (X).",
    "2026-11-22 14:58:21.490 UTC [1] X@Y ERROR:  duplicate key value violates unique constraint "
    '"X"',
    "projectId: X, constraint: Y",
    "where id = 'X'",
    "connect: { id: 'X' }",
)
FLOODS = (
    "(", "[", "{", '{"a":', '["', "Key (", "Key (a)=(b ", "Failing row contains (", "\\", '\\"',
    "'", '"', "`", "``", "Invalid `", "\x1b[", "is not present in table \"", "https://", "%41",
    "a@a.", " ", "\n", "\u00a0", "\u200b", "projectId: ", "projectId=", "id: \"",
    "connect: { id: ", "_fkey ", "ERROR:  ", "DETAIL:  Key (", "[1] ", "at x (y\n", ",", "a,",
    "a|", "\t", "- ", "1. ", "[ ] ", "=", ":", "::", "//", "$", "$$", "*", "**", "<", "<a ", "&",
    "😀", "\u0301", "\u202e", "\x00", "\ud800", "'a','", "(`", "`,`", "No 'a' record ",
    "Error: P2003 ", "column \"a\" of ", "table \"a\" ", "2026-11-22 14:58:21 ", "\\n\\n",
    "code: '", "}", "]", ")", "a", "aA1-", "cmq0z2pk00044y6n3wd25rq4f", "Migration `", "where ",
    "in (",
)  # fmt: skip
WORDS = (
    "Project",
    "deployments",
    "id",
    "x",
    "staging",
    SHOP.id,
    ONLY_LOCAL.id,
    "cmq",
    "Key (",
    "P2003",
)


def hostile(number: int = NUMBER) -> list[Hostile]:
    """Make so many pastes, every class in turn."""
    chance = random.Random(SEED)
    kinds = cycle(CLASSES.items())
    return [Hostile(kind, make(chance)) for kind, make in islice(kinds, number)]


def one_of_each(times: int) -> list[Hostile]:
    return hostile(times * len(CLASSES))


def _among(pieces: tuple[str, ...]) -> Make:
    """Mix pieces with ids and words."""

    def make(chance: random.Random) -> str:
        parts = chance.choices(pieces, k=chance.randint(1, 4))
        parts.insert(chance.randint(0, len(parts)), chance.choice(("", *WORDS)))
        return chance.choice(("", "", " ", "\n")).join(parts)

    return make


def _inside(pieces: tuple[str, ...]) -> Make:
    """Put pieces into the middle of an id that exists."""

    def make(chance: random.Random) -> str:
        text = chance.choice((SHOP.id, ONLY_LOCAL.id, SHOP.id[:-1]))
        for piece in chance.choices(pieces, k=chance.randint(1, 3)):
            place = chance.randint(0, len(text))
            text = text[:place] + piece + text[place:]
        return text

    return make


def _filled(templates: tuple[str, ...], gaps: tuple[str, ...]) -> Make:
    """Fill a shape's gaps with an attack of any other class."""

    def make(chance: random.Random) -> str:
        text = chance.choice(templates)
        for gap in gaps:
            text = text.replace(gap, chance.choice(SHORT)(chance))
        return text

    return make


def _flood(chance: random.Random) -> str:
    """Repeat a piece; long enough to hurt only once in a while, for the sake of time."""
    length = chance.choice((200, 1_000, 5_000, 5_000, 20_000))
    piece = "".join(chance.choices(FLOODS, k=chance.choice((1, 1, 2))))
    return piece * (length // len(piece) + 1)


def _long(chance: random.Random) -> str:
    """Make an id of as much as may be typed, once in a while of more."""
    length = chance.choice((1_000, 2_999, 3_000, 3_001, 10_000, 10_000))
    if chance.random() < 0.04:
        length = chance.choice((LONG, LONG + 1, ENDLESS))
    piece = chance.choice(("x", "a1", "é", "😀", "=", "' ", "x\n", SHOP.id, "%", "\u0301"))
    return (piece * (length // len(piece) + 1))[:length]


def _many(chance: random.Random) -> str:
    between = chance.choice(("\n", ",", "; ", "\t", "\r\n", "|", "\n- "))
    number = chance.choice((2, 6, 11, 50)) if chance.random() < 0.98 else 3_000
    if number == 3_000:
        return between.join(f"c{chance.getrandbits(100):024x}"[:25] for _ in range(number))
    return between.join(chance.choice(SHORT)(chance) for _ in range(number))


def _nested(chance: random.Random) -> str:
    opening, closing = chance.choice((("[", "]"), ('{"a":', "}"), ("(", ")"), (":red[", "]")))
    depth = chance.choice((10, 200, 1_000, 5_000))
    return opening * depth + "1" + closing * chance.choice((0, depth - 1, depth))


def _storm(chance: random.Random) -> str:
    number = chance.choice((10, 100, 1_000))
    return "".join(
        f"{each}{''.join(chance.choices(COMBINING, k=number))}" for each in chance.choice(WORDS)
    )


def _noise(chance: random.Random) -> str:
    """Any character of Unicode, broken ones too."""
    return "".join(chr(chance.randrange(0x110000)) for _ in range(chance.randint(1, 60)))


def _bomb(chance: random.Random) -> str:
    return chance.choice(BOMBS)(chance)


def patterns() -> list[re.Pattern[str]]:
    """Collect every regular expression that reading a paste uses."""
    found: dict[re.Pattern[str], None] = {}
    for each in pkgutil.iter_modules(paste.__path__):
        module = importlib.import_module(f"{paste.__name__}.{each.name}")
        for value in vars(module).values():
            found |= dict.fromkeys(_patterns_in(value))
    return list(found)


def _patterns_in(value: Any) -> Iterator[re.Pattern[str]]:
    if isinstance(value, _Lazy):
        yield re.compile(value.pattern, value.flags)
    elif isinstance(value, tuple):
        for each in value:
            yield from _patterns_in(each)
    elif isinstance(getattr(value, "pattern", None), _Lazy):
        yield from _patterns_in(value.pattern)


def bombs(pattern: re.Pattern[str], chance: random.Random, length: int) -> Iterator[str]:
    """Repeat what each repetition of a pattern repeats, and end so that nothing matches."""
    tree = re._parser.parse(pattern.pattern, pattern.flags)
    whole = _example(tree, chance)
    yield (whole * (length // max(1, len(whole)) + 1))[:length]
    for before, repeated in _repetitions(tree, chance, ""):
        once = repeated or "a"
        yield before + (once * (length // len(once) + 1))[: max(0, length - len(before))] + "\x01"


def _repetitions(tree: Any, chance: random.Random, before: str) -> Iterator[tuple[str, str]]:
    for op, value in tree:
        match str(op):
            case "MAX_REPEAT" | "MIN_REPEAT":
                yield before, "".join(_example(value[2], chance) for _ in range(3))
                yield from _repetitions(value[2], chance, before)
            case "SUBPATTERN":
                yield from _repetitions(value[3], chance, before)
            case "BRANCH":
                for each in value[1]:
                    yield from _repetitions(each, chance, before)
        before += _example([(op, value)], chance)


def _example(tree: Any, chance: random.Random) -> str:
    """Write a text that a parsed pattern matches, or nearly so."""
    return "".join(_of_node(str(op), value, chance) for op, value in tree)


def _of_node(op: str, value: Any, chance: random.Random) -> str:
    match op:
        case "LITERAL":
            return chr(value)
        case "NOT_LITERAL":
            return "a" if value != ord("a") else "b"
        case "ANY":
            return chance.choice("a1 '\"`(")
        case "IN":
            return _of_set(value, chance)
        case "BRANCH":
            return _example(chance.choice(value[1]), chance)
        case "SUBPATTERN":
            return _example(value[3], chance)
        case "MAX_REPEAT" | "MIN_REPEAT":
            least, most, inner = value
            times = min(int(most), max(least, chance.randint(1, 3)))
            return "".join(_example(inner, chance) for _ in range(times))
        case _:
            return ""  # what has no width: ends, looks ahead and behind


def _of_set(members: Any, chance: random.Random) -> str:
    pattern = re.compile(f"[{''.join(map(_member, members))}]")
    fitting = [each for each in CHARACTERS if pattern.match(each)]
    return chance.choice(fitting) if fitting else "a"


def _member(member: Any) -> str:
    op, value = member
    match str(op):
        case "NEGATE":
            return "^"
        case "LITERAL":
            return re.escape(chr(value))
        case "RANGE":
            return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
        case _:
            return CATEGORIES[str(value)]


CATEGORIES = {
    "CATEGORY_DIGIT": r"\d", "CATEGORY_NOT_DIGIT": r"\D", "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S", "CATEGORY_WORD": r"\w", "CATEGORY_NOT_WORD": r"\W",
}  # fmt: skip
CHARACTERS = [
    *(chr(code) for code in range(32, 127)),
    "\n",
    "\t",
    "\u00a0",
    "\x1b",
    "\x07",
    "\x00",
    "“",
]
SHORT: tuple[Make, ...] = (
    *(_among(each) for each in (SQL, MARKDOWN, HTML, DIRECTIVES, FORMULAS, PLACEHOLDERS, EMOJI)),
    *(_inside(each) for each in (TERMINAL, CONTROL, SURROGATES, BIDI, INVISIBLE, BACKSLASHES)),
)
BOMBS: tuple[Make, ...] = tuple(
    lambda chance, each=each: chance.choice(list(bombs(each, chance, 5_000))) for each in patterns()
)
CLASSES: dict[str, Make] = {
    "sql": _among(SQL),
    "markdown": _among(MARKDOWN),
    "html": _among(HTML),
    "directives": _among(DIRECTIVES),
    "terminal": _inside(TERMINAL),
    "control": _inside(CONTROL),
    "surrogates": _inside(SURROGATES),
    "bidi": _inside(BIDI),
    "invisible": _inside(INVISIBLE),
    "line ends": _inside(LINE_ENDS),
    "spaces": _inside(SPACES),
    "combining": _storm,
    "emoji": _among(EMOJI),
    "formulas": _among(FORMULAS),
    "urls": _filled(URLS, ("{}",)),
    "json": _filled(JSON_SHAPES, ("X", "Y")),
    "placeholders": _among(PLACEHOLDERS),
    "backslashes": _inside(BACKSLASHES),
    "wildcards": _among(WILDCARDS),
    "paths": _among(PATHS),
    "errors": _filled(ERRORS, ("X", "Y")),
    "floods": _flood,
    "long": _long,
    "many": _many,
    "nested": _nested,
    "noise": _noise,
    "bombs": _bomb,
}
