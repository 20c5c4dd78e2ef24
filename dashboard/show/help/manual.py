"""docs/verdicts.md in its sections: what the dashboard can say, by code."""

import re
from collections.abc import Mapping
from functools import cache

from dashboard.settings import project_folder
from dashboard.show.shared import links
from queries import patterns
from queries.records import dataclass

FILE = project_folder() / "docs" / "verdicts.md"
_HEADING = patterns.lazy(r"^(#{1,2}) (.+)\n", re.MULTILINE)
_CODE = patterns.lazy(r"[a-z0-9-]+")
_SECTION_LINK = patterns.lazy(r"\]\(#([a-z0-9-]+)\)")


@dataclass(frozen=True, slots=True)
class Manual:
    """`chapters` have, by title, what they say before their codes; `codes` name theirs."""

    chapters: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]]

    def section(self, code: str) -> str | None:
        return next((each[code] for each in self.codes.values() if code in each), None)

    @property
    def all_codes(self) -> tuple[str, ...]:
        return tuple(code for each in self.codes.values() for code in each)


@cache
def manual() -> Manual:
    return parsed(FILE.read_text(encoding="utf-8"))


def parsed(text: str) -> Manual:
    """Divide the page; links to its sections become links of Help."""
    _, *parts = _HEADING.split(_SECTION_LINK.sub(_linked, text))
    chapters: dict[str, str] = {}
    codes: dict[str, dict[str, str]] = {}
    chapter = ""
    for level, title, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        if level == "#":
            chapter = title
            chapters[chapter] = body.strip()
            codes[chapter] = {}
        elif _CODE.fullmatch(title):
            codes[chapter][title] = body.strip()
        else:
            chapters[chapter] += f"\n\n### {title}\n\n{body.strip()}"
    return Manual(chapters, codes)


def _linked(found: re.Match[str]) -> str:
    return f"]({links.href('help', code=found[1])})"
