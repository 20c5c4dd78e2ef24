"""How rows are called: by the name of their table in words, or as configured."""

import pytest

from dashboard.diagnose.nouns import Noun, Nouns

CALLED = [
    ("Project", "project", "projects"),
    ("projects", "project", "projects"),
    ("WorkerDeployment", "worker deployment", "worker deployments"),
    ("order_items", "order item", "order items"),
    ("ORDER_ITEMS", "order item", "order items"),
    ("APIKeys", "API key", "API keys"),
    ("people", "person", "people"),
    ("Person", "person", "people"),
    ("status", "status", "statuses"),
    ("Address", "address", "addresses"),
    ("addresses", "address", "addresses"),
    ("boxes", "box", "boxes"),
    ("Category", "category", "categories"),
    ("categories", "category", "categories"),
    ("releases", "release", "releases"),
    ("series", "series", "series"),
    ("_ProjectToTag", "link", "links"),
    ("v2", "v 2", "v 2s"),
    ("", "row", "rows"),
    ("_", "row", "rows"),
]


@pytest.mark.parametrize(("table", "one", "many"), CALLED)
def test_a_table_names_its_rows(table: str, one: str, many: str) -> None:
    noun = Noun.of(table, {})
    assert (noun.one, noun.many) == (one, many)


@pytest.mark.parametrize(
    ("word", "article"),
    [
        *(("project", "a"), ("order", "an"), ("user", "a"), ("unit", "a"), ("image", "an")),
        *(("APIKey", "an"), ("SMSMessage", "an"), ("URL", "a"), ("url", "a"), ("hour", "an")),
    ],
)
def test_the_article_is_the_one_that_is_heard(word: str, article: str) -> None:
    noun = Noun.of(word, {})
    assert noun.a == f"{article} {noun}"


def test_what_is_configured_comes_first() -> None:
    nouns = Nouns.of_constraint("deployments_projectId_fkey", {"deployments": Noun("run", "runs")})
    assert nouns == Nouns(Noun("project", "projects"), Noun("run", "runs"))


@pytest.mark.parametrize(
    ("name", "parent", "child"),
    [
        ("deployments_projectId_fkey", "project", "deployment"),
        ("worker_deployments_project_id_fkey", "project", "worker deployment"),
        ("something", "row", "row"),
        ("Task_workOrderId_fkey", "work order", "task"),
    ],
)
def test_a_constraint_tells_them_where_no_catalog_does(name: str, parent: str, child: str) -> None:
    nouns = Nouns.of_constraint(name, {})
    assert (nouns.parent.one, nouns.child.one) == (parent, child)


def test_counting() -> None:
    noun = Noun("project", "projects")
    assert [noun.counted(each) for each in (0, 1, 1200)] == [
        "0 projects",
        "1 project",
        "1,200 projects",
    ]
    assert (noun.title, noun.titles) == ("Project", "Projects")


def test_rows_below_rows_of_their_own_table_are_told_apart() -> None:
    nouns = Nouns.of_tables("folders", "folders", {})
    assert nouns.fill("{child.titles} of {parent.a}") == "Child folders of a folder"
    assert Nouns.of_tables("folders", "notes", {}).child.one == "note"


@pytest.mark.parametrize(
    ("child", "again", "verb"),
    [("deployments", "deploy again", "deploy"), ("worker_tasks", "try again", "use")],
)
def test_only_deployments_are_deployed(child: str, again: str, verb: str) -> None:
    nouns = Nouns.of_tables("Project", child, {})
    assert (nouns.again, nouns.deploy) == (again, verb)


@pytest.mark.parametrize(
    ("one", "many", "several"),
    [("app", None, "apps"), ("worker child", None, "worker children"), ("ox", "oxen", "oxen")],
)
def test_what_is_called_without_a_plural_gets_one(one: str, many: str | None, several: str) -> None:
    assert Noun.called(one, many) == Noun(one, several)
