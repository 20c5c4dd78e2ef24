"""The README, taken apart."""

import re
from collections.abc import Iterator

from dashboard.settings import project_folder

ROOT = project_folder()
README = (ROOT / "README.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


def blocks(language: str) -> list[str]:
    """Return the README's blocks in a language."""
    return [text for found, text in _BLOCK.findall(README) if found == language]


def block(language: str) -> str:
    (only,) = blocks(language)
    return only


def prose() -> str:
    return _BLOCK.sub("", README)


def code() -> list[str]:
    """Return what stands between single backticks."""
    return _CODE.findall(prose())


def links() -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", prose())


def table(first_heading: str) -> Iterator[list[str]]:
    """Yield the rows of the table whose first column is called so."""
    _, rows = prose().split(f"\n| {first_heading} |", maxsplit=1)
    for line in rows.splitlines()[2:]:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split("|")]
