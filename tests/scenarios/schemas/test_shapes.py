"""Schemas like those of public applications: whatever is asked of them is answered truly.

They are read by a role that has nothing but what `doctor --grants` prints for it, and all that is
printed is run.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from dashboard.cli import main
from dashboard.collect.collector import Collector
from dashboard.collect.failures.sources import Failures, of_all, of_health
from dashboard.collect.health.inspection import check
from dashboard.diagnose.facts import Kind, Unavailable
from dashboard.diagnose.finding import Finding, Fix
from dashboard.diagnose.orphans import BY_CODE, Ages, OrphanKind, Orphans, remedy
from dashboard.settings import Settings
from tests import printed
from tests.asking import ask, configured, exchanged
from tests.collect.orphans.counting import counted, fixes
from tests.conftest import Database, MakeDatabase
from tests.docs.test_grants import columns_granted, columns_read
from tests.other_nouns import foreign_nouns
from tests.scenarios.schemas.shapes import SHAPES, Shape
from tests.servers import per_worker

STAGING = (("parent", "present"), ("child", "present"), ("trace", "deleted"), ("other", "other"))
LOCAL = (("parent", "elsewhere"), ("child", "elsewhere"))
GHOSTS, CROSSED = BY_CODE["ghost-child"], BY_CODE["cross-environment-orphan"]
PRISMA = "\n\nForeign key constraint violated on the constraint: `{}`"


@dataclass(frozen=True)
class Built:
    shape: Shape
    staging: Database
    local: Database
    role: str
    settings: Settings
    collector: Collector
    folder: Path

    def refusal(self, which: str) -> str:
        """Take PostgreSQL's own words of an insert that fails."""
        statement = self.shape.row("child", which)
        assert statement
        with pytest.raises(psycopg.errors.ForeignKeyViolation) as refused:
            self.staging.execute(statement)
        said = refused.value.diag
        return f"ERROR:  {said.message_primary}\nDETAIL:  {said.message_detail}"

    def break_key(self) -> None:
        """Let rows in that refer to nothing, as a key that was never validated does."""
        self.staging.execute("set session_replication_role = replica")
        self.shape.add(self.staging, ("child", "unknown"), ("child", "elsewhere"))
        self.staging.execute(
            "reset session_replication_role; update pg_constraint set convalidated = false"
            f" where conname = '{self.shape.constraint}'"
        )

    def answer(self, text: str) -> tuple[Finding, tuple[str, ...]]:
        """Look a text up, and give the verdict and the key that it is about."""
        evidence, diagnosis = ask(self.collector, text, "staging")
        assert named_otherwise([diagnosis.verdict, *diagnosis.findings]) == []
        return diagnosis.verdict, tuple((evidence.key or {}).values())

    def checked(self) -> Mapping[str, Finding]:
        """Check both, try out what is printed, and give staging's findings by their codes."""
        report = check(self.collector)
        found = [finding for each in report.environments for finding in each.findings]
        everything = [*found, *report.findings]
        assert printed.shortfalls(everything, printed.connections(self.settings), "staging") == []
        assert named_otherwise(everything) == []
        return {each.code: each for each in everything if each.environment in ("staging", None)}

    def counted(self) -> Mapping[OrphanKind, int | None]:
        """Count in staging, and try out what is printed; None where a kind could not be counted."""
        found = counted(self.collector)["staging"]
        if isinstance(found, Unavailable):
            assert (found.kind, self.shape.has_key) == (Kind.TABLE_ABSENT, False)
            return {}
        connections = printed.connections(self.settings)
        for _, fix in fixes(found):
            assert printed.Run(fix, "staging", connections).shortfalls() == []
            assert foreign_nouns([fix.title, *fix.steps]) == []
        assert not [each for each in found.kinds.values() if "KeyColumn" in each.coverage]
        return {kind: each.count.number for kind, each in found.kinds.items()}

    @property
    def remedy(self) -> Fix:
        """What is printed of the rows that refer to nothing."""
        found = counted(self.collector)["staging"]
        assert isinstance(found, Orphans)
        (column,) = (each for each in found.of(GHOSTS).columns if each.count.number)
        return remedy(column.column, column.cascades, Ages())


@pytest.fixture(params=SHAPES, ids=str)
def built(
    request: pytest.FixtureRequest,
    make_database: MakeDatabase,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Built]:
    shape: Shape = request.param
    databases = {"staging": make_database(), "local": make_database()}
    shape.build(databases["staging"], *STAGING)
    shape.build(databases["local"], *LOCAL)
    with connecting(*databases.values()) as role:
        urls = {
            name: f"postgresql://{role}:pw@{printed.address(each.url)}{shape.query}"
            for name, each in databases.items()
        }
        settings = configured(tmp_path, urls, shape.configuration(tmp_path))
        main(["doctor", "--grants", "--config", str(tmp_path / "dashboard.toml")])
        of_staging, _, of_local = capsys.readouterr().out.partition("-- local: ")
        databases["staging"].execute(of_staging)
        databases["local"].execute(f"-- {of_local}")
        with contextlib.closing(Collector(settings)) as collector:
            yield Built(shape, *databases.values(), role, settings, collector, tmp_path)


@contextlib.contextmanager
def connecting(*databases: Database) -> Iterator[str]:
    """Make a role that may connect, and nothing else."""
    role = per_worker("granted")
    databases[0].execute(f"create role {role} login password 'pw'")
    for each in databases:
        each.execute(f"grant connect on database {each.name} to {role}")
    yield role
    for each in databases:
        each.execute(f"drop owned by {role}")
    databases[0].execute(f"drop role {role}")


def named_otherwise(findings: Iterable[Finding]) -> list[str]:
    """List what calls the rows of these schemas projects or deployments."""
    said = [[each.summary, each.explanation, *each.caveats, *_of_fixes(each)] for each in findings]
    return foreign_nouns(text for texts in said for text in texts if text)


def _of_fixes(finding: Finding) -> Iterator[str]:
    for fix in filter(None, (finding.fix, *finding.alternatives)):
        yield from (fix.title, *fix.steps)


def each_id_has_its_answer(built: Built) -> None:
    for which, code in built.shape.expected.items():
        verdict, _ = built.answer(built.shape.pasted(which))
        assert (which, verdict.code) == (which, code), verdict.summary
        assert built.shape.has_key is (built.shape.noun in verdict.summary.lower())


def each_refused_insert_has_its_answer(built: Built) -> None:
    for which in ("elsewhere", "unknown"):
        text = built.refusal(which)
        for pasted in (text, text + PRISMA.format(built.shape.constraint)):
            verdict, key = built.answer(pasted)
            assert (verdict.code, key) == (built.shape.expected[which], built.shape.key(which))


def what_is_sound_is_called_so(built: Built) -> None:
    assert built.checked().keys() == built.shape.finds
    assert {kind.code for kind, each in built.counted().items() if each} == built.shape.orphans


def orphans_are_found_and_removed(built: Built) -> None:
    built.break_key()
    assert built.checked().keys() == {*built.shape.finds, "fk-not-valid"}
    numbers = built.counted()
    assert numbers[GHOSTS] == 2
    assert numbers[CROSSED] == (1 if built.shape.compared else None)
    look, *mend = built.remedy.commands
    assert len(built.staging.execute(look.text)) == 2
    removals = [each.text for each in mend if "delete from" in each.text]
    assert bool(removals) is built.shape.removed
    for text in removals:
        built.staging.execute(text)
        assert built.counted()[GHOSTS] == 0


def a_row_is_copied(built: Built) -> None:
    shape, (look_up, _) = built.shape, built.answer(built.shape.pasted("elsewhere"))
    (plan,) = (each for each in look_up.alternatives if each.option == 4)
    assert bool(plan.commands) is shape.copied, plan.steps
    if shape.copied:
        out, into = (each.text for each in plan.commands)
        assert not printed.psql(built.local.url, out, built.folder).stderr
        assert not printed.psql(built.staging.url, f"{into}\ncommit;", built.folder).stderr
        assert built.answer(shape.pasted("elsewhere"))[0].code == "project-present"


Step = Callable[[Built], None]
STEPS: Sequence[Step] = (
    each_id_has_its_answer,
    what_is_sound_is_called_so,
    each_refused_insert_has_its_answer,
    orphans_are_found_and_removed,
    a_row_is_copied,
)
WITHOUT_KEY = STEPS[:2]


def test_a_schema(built: Built, subtests: pytest.Subtests) -> None:
    """Ask whatever can be asked, by a role that may read just that."""
    with exchanged() as sent:
        for step in STEPS if built.shape.has_key else WITHOUT_KEY:
            with subtests.test(step.__name__):
                step(built)
        for _, failures in of_all(built.collector, of_health()):
            assert isinstance(failures, Failures)
    asked = {each.text: each for place, all_ in sent if place.name == "staging" for each in all_}
    read = columns_read(built.staging.connection, asked.values())
    granted = columns_granted(built.staging, built.role)
    assert (read <= granted, granted - read) == (True, built.shape.unread)
