"""The rules of the source that no single file can show."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.demo.databases import READABLE
from dashboard.settings import project_folder

ROOT = project_folder()
LEDGER = "_prisma_migrations"
TABLES = READABLE.keys() - {LEDGER}  # the ledger is Prisma's own, in every application
UNMISTAKABLE = {name for name in TABLES if not name.isalpha() or not name.islower()}
FORBIDDEN_NAMES = {"utils", "helpers", "manager", "service", "handler", "common", "misc"}
THREADS = {"threading", "_thread", "queue", "concurrent", "multiprocessing", "asyncio"}
STARTS_SLOWLY = (
    *("streamlit", "pandas", "plotly", "numpy", "pyarrow", "sqlalchemy"),
    *("postgast", "authlib", "httpx2", "jwt", "prometheus_client", "uvloop"),
)
# a made-up user, of tests that need a home folder
NOUN = re.compile(r"(?<![\w{])(?:projects?|deployments?)(?![\w}.])", re.IGNORECASE)
FOR_PROGRAMS = re.compile(r"[a-z]+(?:[-_][a-z]+)+")
NAMES_OF_THE_PRODUCT = ("Deployment failures", "Deployment dashboard")
KNOWN_WORDS = {
    ("nouns.py", "deployment"),  # the one that is deployed
    ("names.py", "project"),  # what a pasted error is about where its constraint does not say
    ("reading.py", "project"),  # what is looked for unless told otherwise
    ("report.py", "project"),  # fields of our JSON
    ("report.py", "projects"),
    ("report.py", "deployments"),
    ("kind.py", "project"),  # what the .sql of orphan kinds call their identifiers
    ("kind.py", "projects"),
}
MACHINE_PATH = re.compile(r"(?<![\w.$}~-])/(?:root|work|home)\b(?!/somebody\b)")
# by the command: its status where nothing answers, the packages of ours that it loads, and what of
# these, and of others, only other commands need
ANY = {"cli", "diagnose", "environments", "processes", "redaction", "settings"}
ASKING = ANY | {"collect", "postgres", "terminal"}
ANY_QUESTION = ("dashboard.diagnose.paste", "psycopg", "sqlite3")
VERDICTS = "dashboard.diagnose.lookup.verdicts"
COMMANDS = {
    "--version": (0, ANY, ANY_QUESTION),
    "audit verify {log}": (3, ANY | {"access"}, ANY_QUESTION),
    "lookup cmuh3zi8j00cocfpecxvm11hu --target=nowhere --config {config}": (
        3,
        ASKING,
        (
            *("dashboard.collect.doctor", "dashboard.collect.failures", "dashboard.collect.health"),
            *("dashboard.collect.orphans", "dashboard.collect.rehearsing", "sqlite3"),
            *("dashboard.diagnose.alerts", "dashboard.diagnose.doctor"),
            *("dashboard.diagnose.grants", "dashboard.diagnose.orphans"),
        ),
    ),
    "doctor --config {config}": (3, ASKING | {"state"}, (VERDICTS, "dashboard.diagnose.alerts")),
    "check --no-rehearsal --config {config}": (
        3,
        ASKING | {"rehearsal"},
        ("dashboard.collect.doctor", "dashboard.collect.orphans", "sqlite3", VERDICTS),
    ),
}
IMPORTED = """
import sys
from dashboard.cli import main
try:
    status = main(sys.argv[1:])
except SystemExit as end:
    status = end.code
print(status, *sys.modules)
"""


def sources(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert found
    return found


def git_files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_imports_run_one_way() -> None:
    linter = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert linter.returncode == 0, linter.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_loads_nothing_that_only_others_need(command: str, tmp_path: Path) -> None:
    config, log = tmp_path / "dashboard.toml", tmp_path / "audit.jsonl"
    log.touch()
    config.write_text('[connections.nowhere]\nurl = "postgresql://reader@127.0.0.1:1/app"\n')
    arguments = command.format(config=config, log=log).split()
    asked = subprocess.run(
        [sys.executable, "-c", IMPORTED, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    status, ours, needless = COMMANDS[command]
    ended, *modules = asked.stdout.splitlines()[-1].split()
    assert int(ended) == status, asked.stdout
    roots = {name[:place] for name in modules for place in _dots(name)}
    assert sorted(roots & {*needless, *STARTS_SLOWLY}) == []
    loaded = {name.split(".")[1] for name in modules if name.startswith("dashboard.")}
    assert loaded == ours


def test_the_server_loads_sqlalchemy_only_where_processes_share_a_database() -> None:
    loaded = "import sys, dashboard.serving; print(*sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "sqlalchemy" not in told.stdout.split()


def _dots(name: str) -> list[int]:
    """Find the ends of a module's packages."""
    return [place for place, mark in enumerate(f"{name}.") if mark == "."]


def imported(source: str) -> set[str]:
    """Name the top-level packages that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {each.name.split(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_pages_have_neither_threads_nor_locks() -> None:
    """What runs beside the viewers is shared by all of them: it belongs to the background."""
    for path in sources("dashboard/show"):
        assert not imported(path.read_text(encoding="utf-8")) & THREADS, path


@pytest.mark.parametrize(
    "source",
    ["import threading", "def f():\n    from queue import Queue", "import concurrent.futures"],
)
def test_threads_are_noticed(source: str) -> None:
    assert imported(source) & THREADS


def literals(path: Path) -> Iterator[ast.Constant]:
    """Yield the texts of a module, apart from its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node


def names_a_table(text: str) -> bool:
    """Say whether a text is, or holds in quotes, a table of the demo and no mere word."""
    return text in UNMISTAKABLE or any(f'"{table}"' in text for table in TABLES)


@pytest.mark.parametrize("text", ["Project", 'select 1 from "Project"', "convex_deployments"])
def test_names_of_tables_are_noticed(text: str) -> None:
    assert names_a_table(text)


@pytest.mark.parametrize("text", ["Project {id} is not in {place}", "deployments", LEDGER])
def test_what_people_read_may_say_project(text: str) -> None:
    assert not names_a_table(text)


def test_only_the_demo_knows_the_application_s_tables() -> None:
    demo = ROOT / "dashboard" / "demo"
    named = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.value!r}"
        for path in sources("dashboard", "queries")
        if demo not in path.parents
        for node in literals(path)
        if names_a_table(str(node.value))
    ]
    assert named == []


def says_noun(path: Path, node: ast.Constant) -> bool:
    """Whether a text calls rows what only some applications call them.

    What programs read does not count: codes, fields, names of queries and of columns, SQL. Nor
    do the names of the product and of a page, and the one noun that has a verb of its own.
    """
    said = NOUN.search(node.value) if isinstance(node.value, str) else None
    if not said or node.value in NAMES_OF_THE_PRODUCT or FOR_PROGRAMS.fullmatch(node.value):
        return False
    return (path.name, node.value) not in KNOWN_WORDS


def test_no_sentence_says_project_or_deployment() -> None:
    named = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.value!r}"
        for path in sources("dashboard/diagnose", "dashboard/show")
        for node in literals(path)
        if says_noun(path, node)
    ]
    assert named == [], "evidence.nouns, case.nouns and served.nouns say what rows are called"


@pytest.mark.parametrize(
    ("text", "noun"),
    [
        ("Projects ", True),
        ("the deployment's", True),
        ("project-present", False),
        ("projects_by_id", False),
        ("Deployment failures", False),
        ("{projects}", False),
    ],
)
def test_nouns_are_noticed(text: str, noun: bool) -> None:
    assert says_noun(Path("any.py"), ast.Constant(text)) is noun


def test_no_query_names_a_table_of_the_application() -> None:
    words = re.compile(rf"\b({'|'.join(TABLES)})\b")
    for path in sorted((ROOT / "queries").glob("*.sql")):
        statement = re.sub("--.*", "", path.read_text(encoding="utf-8"))
        assert not words.findall(statement), path.name


def test_modules_are_called_after_what_they_know() -> None:
    modules = [path.relative_to(ROOT).with_suffix("") for path in sources("dashboard", "queries")]
    assert not {part for module in modules for part in module.parts} & FORBIDDEN_NAMES


def test_no_file_names_a_folder_of_one_machine() -> None:
    named = [
        f"{name}: {found[0]}"
        for name in git_files()
        if (found := MACHINE_PATH.search((ROOT / name).read_bytes().decode("utf-8", "replace")))
    ]
    assert named == []
