"""Nothing that leaves the server names what somebody may not see: every page, as three people.

The environments have names of their own here, that stand in no word of Streamlit.
"""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlencode

import pytest

from dashboard import serving
from dashboard.access.masking import HIDDEN
from dashboard.access.viewer import Viewer
from dashboard.collect.collector import Collector
from dashboard.collect.health.inspection import check
from dashboard.collect.orphans.scan import count_all, page_of
from dashboard.collect.restricted import UNLENGTHENED, UNLISTED
from dashboard.demo import MIGRATIONS
from dashboard.demo.databases import connect
from dashboard.demo.scenarios import ONLY_LOCAL, SHOP, STAGING
from dashboard.demo.seed import connect_urls
from dashboard.diagnose.facts import Unavailable
from dashboard.diagnose.finding import Confidence
from dashboard.diagnose.health.report import to_json as check_to_json
from dashboard.diagnose.lookup import digest
from dashboard.diagnose.lookup.report import to_json, to_markdown, to_text
from dashboard.diagnose.lookup.verdicts import diagnose, headline
from dashboard.diagnose.orphans import KINDS
from dashboard.diagnose.paste import Sought, read
from dashboard.postgres.cluster import Cluster
from dashboard.settings import load
from dashboard.settings.grants import Grant, Level
from dashboard.view import ServedView, view_of
from tests.access.raw import Visitor
from tests.access.raw import connect as visit
from tests.benchmarks.serving import LIMITED, Served, served
from tests.repetitions import repetition

OPEN, HIDDEN_ONE, HIDDEN_TWO = "quokka-open", "wombat-unseen", "numbat-unseen"
DATABASES = {OPEN: STAGING, HIDDEN_ONE: "local", HIDDEN_TWO: "production"}
GRANTS = """
[[access.grant]]
who = ["lea@example.com"]
level = "admin"
names = true
[[access.grant]]
who = ["sam@example.com"]
level = "support"
environments = ["quokka-*"]
[[access.grant]]
who = ["vera@example.com"]
level = "viewer"
environments = ["quokka-*"]
"""
LEA = Viewer("lea", (Grant(("*",), Level.ADMIN, names=True),))
SAM = Viewer("sam", (Grant(("*",), Level.SUPPORT, ("quokka-*",)),))
VERA = Viewer("vera", (Grant(("*",), Level.VIEWER, ("quokka-*",)),))
ALL_WITHOUT_NAMES = Viewer("max", (Grant(("*",), Level.SUPPORT),))
START_LIMIT_S = 90


def configuration(urls: Mapping[str, str]) -> str:
    lines = [f'[connections.{name}]\nurl = "{urls[of]}"' for name, of in DATABASES.items()]
    lines += ["[diagnosis]", f"migrations = {json.dumps(str(MIGRATIONS))}"]
    lines += ["[[mute]]", 'code = "no-such"', f'environment = "{HIDDEN_ONE}"', 'reason = "x"']
    example = f'title = "of {HIDDEN_TWO}"\ntext = "{SHOP.id}"\nenvironment = "{HIDDEN_TWO}"'
    return "\n".join([*lines, "[[example]]", example, "[access]", 'mode = "proxy"']) + (
        '\n[access.proxy]\npeers = ["127.0.0.1"]\n' + GRANTS
    )


@pytest.fixture(scope="module")
def file(demo: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rights") / "dashboard.toml"
    path.write_text(configuration(connect_urls(demo)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def secrets(demo: Cluster) -> frozenset[bytes]:
    """All names and owners that any of the databases holds."""
    found: set[str] = set()
    for database in DATABASES.values():
        with connect(demo, database) as connection:
            for table in ("Project", "deployments", "convex_deployments"):
                columns = connection.execute(
                    "select column_name from information_schema.columns where table_name = %s "
                    "and column_name in ('name', 'userId', 'ownerId')",
                    (table,),
                ).fetchall()
                for (column,) in columns:
                    rows = connection.execute(f'select distinct "{column}" from "{table}"')
                    found |= {row[0] for row in rows if row[0] and len(row[0]) > 5}
    assert SHOP.name in found
    return frozenset(each.encode() for each in found)


def leaked(content: bytes, secrets: frozenset[bytes], *, hidden: bool = True) -> set[bytes]:
    names = {HIDDEN_ONE.encode(), HIDDEN_TWO.encode()} if hidden else set()
    return {each for each in secrets | names if each in content}


# over the websocket of a real server


@pytest.fixture(scope="module")
def server(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    state = tmp_path_factory.mktemp("state")
    with served(file, state, LIMITED, {"FORWARDED_ALLOW_IPS": ""}) as running:
        limit = time.monotonic() + START_LIMIT_S
        while "kinds" not in asyncio.run(_seen(running, "lea", "orphans")).decode(
            "utf-8", "replace"
        ):
            assert time.monotonic() < limit, "the server did not start"
        yield running


async def _seen(server: Served, who: str, page: str, **query: str) -> bytes:
    try:
        headers = {"X-Forwarded-Email": f"{who}@example.com"}
        async with visit(server.address, headers) as socket:
            visitor = Visitor(socket)
            await visitor.see(page, urlencode(query))
            return (await visitor.see(page, urlencode(query))).seen
    except OSError:
        await asyncio.sleep(0.2)
        return b""


PAGES: list[tuple[str, dict[str, str]]] = [
    ("", {}),
    ("lookup", {}),
    *(
        ("lookup", {"id": each, "env": environment})
        for each in (SHOP.id, ONLY_LOCAL.id)
        for environment in (OPEN, HIDDEN_ONE)
    ),
    ("failures", {}),
    ("failures", {"env": OPEN, "range": "7d"}),
    ("failures", {"env": HIDDEN_ONE}),
    ("orphans", {}),
    *(("orphans", {"env": OPEN, "kind": kind.code}) for kind in KINDS),
    ("orphans", {"env": HIDDEN_ONE, "kind": KINDS[0].code}),
    ("migrations", {}),
    ("migrations", {"env": OPEN}),
    ("migrations", {"env": HIDDEN_TWO}),
    ("environment", {}),
    ("environment", {"env": OPEN}),
    ("environment", {"env": OPEN, "finding": "failed"}),
    ("environment", {"env": HIDDEN_ONE, "finding": "failed"}),
    ("help", {}),
]


@pytest.mark.parametrize("who", ["sam", repetition("vera")])
def test_no_page_names_what_somebody_may_not_see(
    server: Served, secrets: frozenset[bytes], who: str
) -> None:
    for page, query in PAGES:
        seen = asyncio.run(_seen(server, who, page, **query))
        asked = {each.encode() for each in query.values()}  # which Streamlit sends back
        assert leaked(seen, secrets) <= asked, (page, query)
        assert page == "help" or b"2 environments you may not see" in seen, (page, query)


def test_who_may_sees_all_of_it(server: Served, secrets: frozenset[bytes]) -> None:
    """Else the other tests would prove nothing."""
    seen = b"".join(asyncio.run(_seen(server, "lea", page, **query)) for page, query in PAGES)
    assert {HIDDEN_ONE.encode(), HIDDEN_TWO.encode(), SHOP.name.encode()} <= leaked(seen, secrets)
    assert b"you may not see" not in seen


@pytest.mark.parametrize(("who", "may"), [("lea", True), ("sam", False), ("vera", False)])
def test_only_who_administers_mutes_and_examines(server: Served, who: str, may: bool) -> None:
    seen = asyncio.run(_seen(server, who, "environment", env=OPEN, finding="failed"))
    assert f"failed in {OPEN}".replace("-", "\\-").encode() in seen
    assert (b"[[mute]]" in seen) is may
    assert (b"those who administer" not in seen) is may


def test_a_hidden_environment_is_as_unknown_as_one_that_is_not_there(server: Served) -> None:
    for page in ("lookup", "failures", "migrations", "orphans", "environment"):
        answers = [
            asyncio.run(_seen(server, "sam", page, id=SHOP.id, env=name)).replace(
                name.encode(), b"X"
            )
            for name in (HIDDEN_ONE, "nothing-here")
        ]
        unknown = [each.count(b"Unknown environment") for each in answers]
        assert unknown[0] == unknown[1] > 0, page


# what all that leaves is made from


@pytest.fixture(scope="module")
def whole(file: Path) -> Iterator[Collector]:
    collector = Collector(load(file, environ={}))
    yield collector
    collector.close()


def seen_by(whole: Collector, viewer: Viewer) -> Collector:
    from dashboard.access.masking import Masker
    from dashboard.collect.restricted import RestrictedCollector

    return RestrictedCollector(whole, viewer, Masker(b"key"))


def texts(collector: Collector) -> Iterator[str]:
    """Yield a look-up in each form that it leaves in."""
    target = collector.settings.databases[OPEN].environment
    pastes = [read(each.id, Sought(collector.settings.constraint)) for each in (SHOP, ONLY_LOCAL)]
    evidences = collector.evidence_of_all(pastes, target)
    evidences.append(collector.evidence(pastes[0], target, dict(collector.look_up(pastes[0]))))
    for each in evidences:
        diagnosis = diagnose(each)
        yield json.dumps(to_json(each, diagnosis))
        yield to_text(each, diagnosis)
        yield to_markdown(each, diagnosis, "https://dash.example.com/lookup")
    yield digest.to_text([(each, headline(each)) for each in evidences])
    yield json.dumps(check_to_json(check(collector)))


@pytest.mark.parametrize("viewer", [SAM, VERA, ALL_WITHOUT_NAMES], ids=lambda each: each.user)
def test_no_text_names_them(whole: Collector, secrets: frozenset[bytes], viewer: Viewer) -> None:
    for text in texts(seen_by(whole, viewer)):
        assert leaked(text.encode(), secrets, hidden=viewer is not ALL_WITHOUT_NAMES) == set(), text


def test_names_are_in_them_otherwise(whole: Collector, secrets: frozenset[bytes]) -> None:
    found = leaked("".join(texts(seen_by(whole, LEA))).encode(), secrets)
    assert {SHOP.name.encode(), str(SHOP.owner_id).encode(), HIDDEN_ONE.encode()} <= found


def test_an_id_that_lives_where_one_may_not_look_is_not_missing(whole: Collector) -> None:
    """The verdict lowers its confidence by itself: somebody else may find it there."""
    for viewer, sure in ((LEA, True), (SAM, False)):
        collector = seen_by(whole, viewer)
        target = collector.settings.databases[OPEN].environment
        (evidence,) = collector.evidence_of_all([read(ONLY_LOCAL.id)], target)
        verdict = headline(evidence)
        assert (verdict.confidence is Confidence.CERTAIN) is sure, verdict
        said = to_json(evidence, diagnose(evidence))
        assert ("2 environments you may not see" in json.dumps(said)) is not sure


def test_the_verdict_is_that_of_unmasked_rows(whole: Collector) -> None:
    """Whether an owner is known is asked of the owner, not of the pseudonym."""
    codes = []
    for viewer in (LEA, ALL_WITHOUT_NAMES):
        collector = seen_by(whole, viewer)
        target = collector.settings.databases[OPEN].environment
        paste = read(ONLY_LOCAL.id)
        evidences = collector.evidence_of_all([paste], target)
        evidences.append(collector.evidence(paste, target, dict(collector.look_up(paste))))
        codes += [
            (each.owner_in_target, headline(each).code, headline(each).confidence)
            for each in evidences
        ]
    assert len(set(codes)) == 1
    assert codes[0][0] is not None


def test_rows_are_listed_for_support_without_their_owners(
    whole: Collector, secrets: frozenset[bytes]
) -> None:
    of_lea = seen_by(whole, LEA)
    environment = of_lea.settings.databases[OPEN].environment
    found = dict(count_all(of_lea, [environment]))[environment]
    assert not isinstance(found, Unavailable)
    columns = [each.column for kind in found.kinds.values() for each in kind.columns]
    listed = 0
    for column in columns:
        assert page_of(seen_by(whole, VERA), environment, column, None, 9) == UNLISTED
        rows = page_of(seen_by(whole, SAM), environment, column, None, 9)
        assert not isinstance(rows, Unavailable)
        listed += len(rows)
        assert leaked(repr(rows).encode(), secrets) == set()
    assert listed


def test_nobody_searches_by_what_they_may_not_see(whole: Collector) -> None:
    for viewer in (SAM, VERA, ALL_WITHOUT_NAMES):
        for by, value in (("name", SHOP.name[:4]), ("owner", str(SHOP.owner_id))):
            found = dict(seen_by(whole, viewer).find(by, value))
            assert all(isinstance(each, Unavailable) for each in found.values())


def test_an_owner_has_one_pseudonym(whole: Collector) -> None:
    collector = seen_by(whole, ALL_WITHOUT_NAMES)
    target = collector.settings.databases[OPEN].environment
    (evidence,) = collector.evidence_of_all([read(SHOP.id)], target)
    project = evidence.here.project
    assert project
    assert (project.name, str(project.owner_id)[:6]) == (HIDDEN, "owner-")


def test_the_beginning_of_an_id_is_no_list_of_ids(whole: Collector) -> None:
    """Else a viewer would learn all of them, letter by letter."""
    for viewer, told in ((SAM, True), (VERA, False)):
        collector = seen_by(whole, viewer)
        target = collector.settings.databases[OPEN].environment
        for beginning in (SHOP.id[:8], "cmzzzzzz"):
            paste = read(beginning)
            evidences = collector.evidence_of_all([paste], target)
            evidences.append(collector.evidence(paste, target, dict(collector.look_up(paste))))
            for each in evidences:
                said = json.dumps(to_json(each, diagnose(each)))
                assert (SHOP.id in said) is (told and beginning in SHOP.id)
                assert (UNLENGTHENED in said) is not told


# what may be done


@pytest.fixture
def serving_now(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[serving.Serving]:
    monkeypatch.setenv("DASHBOARD_CONFIG", str(file))
    serving.stop()
    yield serving.current()
    serving.stop()


def test_a_viewer_starts_nothing(
    serving_now: serving.Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[object] = []
    for task in (serving_now.snapshots, serving_now.orphans):
        monkeypatch.setattr(task, "refresh_now", done.append)
    monkeypatch.setattr(serving_now.scans, "start", lambda *asked: done.append(asked))
    monkeypatch.setattr(serving_now.scans, "cancel", done.append)

    def try_all(view: ServedView) -> int:
        done.clear()
        view.snapshots.refresh_now()
        view.orphans.refresh_now()
        for each in serving_now.settings.environments:
            view.scans.start(each, None)  # type: ignore[arg-type]
            view.scans.cancel(each)
        return len(done)

    assert [try_all(view_of(serving_now, each)) for each in (VERA, SAM)] == [0, 0]
    assert try_all(view_of(serving_now, LEA)) == 3 * 4
    some = Viewer("x", (Grant(("*",), Level.ADMIN, (OPEN,)), Grant(("*",), Level.VIEWER)))
    assert try_all(view_of(serving_now, some)) == 4


def test_everything_served_is_of_visible_environments(
    serving_now: serving.Serving, secrets: frozenset[bytes]
) -> None:
    assert serving_now.snapshots.wait_until_idle(60)
    view = view_of(serving_now, SAM)
    assert view.hidden == 2
    told = [
        view.settings.databases, view.settings.mutes, view.settings.examples, view.places,
        list(view.snapshots), view.snapshots.checkup, list(view.orphans), list(view.failures),
        view.shared_failures.answers(7, "UTC"),
    ]  # fmt: skip
    assert view.snapshots.checkup
    for each in told:
        assert leaked(repr(each).encode(), secrets) == set()


def test_a_snapshot_is_masked_once_for_all_who_see_the_same(
    serving_now: serving.Serving,
) -> None:
    """Health is drawn every few seconds: what is drawn of a snapshot is kept by what it is."""
    assert serving_now.snapshots.wait_until_idle(60)
    other = Viewer("other", SAM.grants)
    of_sam, again, of_other, of_vera = (
        next(iter(view_of(serving_now, each).snapshots)).value for each in (SAM, SAM, other, VERA)
    )
    assert of_sam is again is of_other
    assert of_sam is not of_vera


def test_a_report_of_less_than_all_is_kept_as_long_as_the_whole_one(
    serving_now: serving.Serving,
) -> None:
    assert serving_now.snapshots.wait_until_idle(60)
    first, again = (view_of(serving_now, SAM).snapshots.checkup for _ in range(2))
    assert first is again
    assert first is not view_of(serving_now, LEA).snapshots.checkup
