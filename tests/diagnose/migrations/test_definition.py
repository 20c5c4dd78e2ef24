"""Which tables a foreign key is about, as the scripts last wrote it."""

from dataclasses import replace

from dashboard.demo import MIGRATIONS
from dashboard.diagnose.facts import Definition
from dashboard.diagnose.migrations.definition import definition

NAME = "deployments_projectId_fkey"
FOLDER = {path.parent.name: path.read_text() for path in MIGRATIONS.glob("*/migration.sql")}
ADD = (
    'ALTER TABLE "deployments" ADD CONSTRAINT "deployments_projectId_fkey" FOREIGN KEY'
    ' ("projectId") REFERENCES "Project"("id") ON DELETE CASCADE ON UPDATE CASCADE;'
)
WRITTEN = Definition("public", "deployments", ("projectId",), "public", "Project", ("id",))


def test_which_tables_it_is_about() -> None:
    assert definition(FOLDER, NAME) == WRITTEN
    moved = ADD.replace('"Project"', "legacy.projects")
    assert definition({"1": ADD, "2": moved}, NAME) == replace(
        WRITTEN, parent_schema="legacy", parent_table="projects"
    )


def test_it_may_be_written_with_its_table() -> None:
    inside = (
        'create table app.deployments ("projectId" text,'
        f' constraint "{NAME}" foreign key ("projectId") references "Project" (id));'
    )
    assert definition({"1": inside}, NAME) == replace(WRITTEN, child_schema="app")


def test_what_does_not_say_it_is_passed_over() -> None:
    for odd in (
        ADD.replace('("id")', ""),
        ADD.replace('("projectId")', "(a, b)"),
        ADD.replace("FOREIGN KEY", "FOREIGN KEYS"),
        f"comment on constraint \"{NAME}\" on deployments is 'x';",
        f'alter table deployments add constraint "{NAME}" unique ("projectId");',
    ):
        assert definition({"1": odd}, NAME) is None
        assert definition({"1": ADD, "2": odd}, NAME) == WRITTEN
    assert definition({}, NAME) is None
