"""The README and the pages that tell how to use the program, taken apart."""

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

from dashboard.settings import project_folder

ROOT = project_folder()
README = ROOT / "README.md"
CONFIGURATION = ROOT / "docs" / "configuration.md"
COMMAND_LINE = ROOT / "docs" / "cli.md"
SERVER = ROOT / "docs" / "operating" / "server.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
PAGES = (README, CONFIGURATION, COMMAND_LINE, SERVER, CONTRIBUTING)
_BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


def text(*pages: Path) -> str:
    return "\n".join(page.read_text(encoding="utf-8") for page in pages or PAGES)


def blocks(language: str, *pages: Path) -> list[str]:
    """Return the pages' blocks in a language."""
    found = _BLOCK.findall(text(*pages))
    return [dedent(block) for _, written, block in found if written == language]


def block(language: str, *pages: Path) -> str:
    (only,) = blocks(language, *pages)
    return only


def prose(*pages: Path) -> str:
    return _BLOCK.sub("", text(*pages))


def code(*pages: Path) -> list[str]:
    """Return what stands between single backticks."""
    return _CODE.findall(prose(*pages))


def links(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", prose(page))


def table(first_heading: str) -> Iterator[list[str]]:
    """Yield the rows of the table whose first column is called so."""
    _, rows = prose().split(f"\n| {first_heading} |", maxsplit=1)
    for line in rows.splitlines()[2:]:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split("|")]
