"""What an id is searched among: likely columns first, near misses by index, the rest is said."""

from pathlib import Path

import pytest

from dashboard.collect.discovery.entities import MOST_ENTITIES
from dashboard.diagnose.finding import Confidence, Finding
from tests.collect.test_odd_schemas import both, rebuild, said
from tests.conftest import Database, MakeDatabase
from tests.diagnose.health.test_repairs import ID, P2003, add_project, with_id

DEPLOYMENT = "cmh3k8w2p0007jz04d5e6f7g8"
ABSENT = "cmg6aa22b0003abcd1e2f3g4h"
UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
NANOID = "V1StGXR8_Z5jdHi6B-myT"
GRANT = "grant select on all tables in schema public to dashboard_reader;"
LANGUAGES = ("en-US-x-icu", "en_US.utf8")
KEY = '"deployments_projectId_fkey"'


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    return make_database()


def verdict(database: Database, folder: Path, text: str) -> Finding:
    return said(database, folder, text).verdict


def add_deployment(database: Database, identifier: str = DEPLOYMENT) -> None:
    add_project(database)
    database.execute(
        'insert into deployments (id, "appId", "projectId", files, "updatedAt")'
        f" values ('{identifier}', 'app-7', '{ID}', '{{}}', now())"
    )


def crowd(database: Database, number: int) -> None:
    """Add tables whose names come before all others."""
    database.execute(
        "".join(f'create table "A{each:03}" (id text primary key);' for each in range(number))
        + GRANT
    )


class TestColumns:
    def test_the_childs_own_id_comes_first(self, database: Database, tmp_path: Path) -> None:
        add_deployment(database)
        crowd(database, 2 * MOST_ENTITIES)
        for text in (DEPLOYMENT, "app-7"):
            found = verdict(database, tmp_path, text)
            assert found.code == "other-entity"
            assert "deployments" in found.summary
            assert found.suggestions == (ID,)

    def test_neighbours_come_before_strangers(self, database: Database, tmp_path: Path) -> None:
        add_project(database)
        crowd(database, 2 * MOST_ENTITIES)
        database.execute(
            'create table zebras (id text primary key, "aId" text);'
            f'create table zones (id text primary key, pid text references "Project" (id));'
            'create table zoos (id text primary key, "zoneId" text references zones (id));'
            f"insert into zones values ('zone-no-one', '{ID}');"
            "insert into zoos values ('zoo-number-two', 'zone-no-one');"
            "insert into zebras values ('zebra-no-three');" + GRANT
        )
        near = verdict(database, tmp_path, "zone-no-one")
        assert (near.code, near.suggestions) == ("other-entity", (ID,))
        assert verdict(database, tmp_path, "zoo-number-two").code == "other-entity"
        far = verdict(database, tmp_path, "zebra-no-three")
        assert far.code == "stale-project-id"
        left = next(each for each in far.caveats if f"only {MOST_ENTITIES}" in each)
        assert left.split(" ", 1)[1].startswith("further columns were not searched")

    def test_what_was_left_out_is_counted(self, database: Database, tmp_path: Path) -> None:
        add_project(database)
        crowd(database, 2)
        database.execute(
            "create table hidden (id text primary key);"
            "alter table hidden enable row level security;"
            "create table plain (id text); create table odd (number int unique);"
            "create table zeta (id text primary key, slug text unique);"
            + GRANT
            + 'revoke select on "A000", zeta from dashboard_reader;'
            "revoke select on users from dashboard_reader;"
            "grant select (id) on users to dashboard_reader"
        )
        caveats = verdict(database, tmp_path, ABSENT).caveats
        for left in (
            "2 further columns were not searched (no right to read): A000.id and zeta.id",
            "1 further column was not searched (row security): hidden.id",
            "1 further column was not searched (no index): plain.id",
        ):
            assert left in caveats
        assert not any("numbers its rows from 1" in each for each in caveats)
        assert any(
            "numbers its rows from 1" in each for each in verdict(database, tmp_path, "77").caveats
        )

    def test_nothing_is_said_where_it_could_change_nothing(
        self, database: Database, tmp_path: Path
    ) -> None:
        add_deployment(database)
        crowd(database, 2 * MOST_ENTITIES)
        for text in (ID, DEPLOYMENT):
            assert verdict(database, tmp_path, text).caveats == ()

    def test_ids_of_another_type_than_the_key(self, database: Database, tmp_path: Path) -> None:
        rebuild(database, "uuid")
        database.execute(
            f"insert into \"Project\" values ('{UUID}', 'x', now());"
            f"insert into deployments values ('{DEPLOYMENT}', '{UUID}')"
        )
        found = verdict(database, tmp_path, DEPLOYMENT)
        assert (found.code, found.suggestions) == ("other-entity", (UUID,))

    def test_a_child_of_numbered_projects(self, database: Database, tmp_path: Path) -> None:
        rebuild(database, "bigint")
        database.execute(
            "insert into \"Project\" values (7, 'x', now());"
            f"insert into deployments values ('{DEPLOYMENT}', 7)"
        )
        found = verdict(database, tmp_path, DEPLOYMENT)
        assert (found.code, found.suggestions) == ("other-entity", ("7",))

    @pytest.mark.parametrize("text", [UUID, UUID.upper(), UUID.replace("-", "")])
    def test_a_uuid_in_any_spelling(self, text: str, database: Database, tmp_path: Path) -> None:
        add_project(database)
        database.execute(
            'create table runs (id uuid primary key, pid text references "Project" (id));'
            f"insert into runs values ('{UUID}', '{ID}');" + GRANT
        )
        found = verdict(database, tmp_path, text)
        assert (found.code, found.suggestions) == ("other-entity", (ID,))

    def test_a_child_that_shares_its_key_with_its_parent(
        self, database: Database, tmp_path: Path
    ) -> None:
        """Its column is called id, as those of all tables are."""
        database.execute(
            'drop table deployments; drop table "Project" cascade;'
            'create table "Project" (id text primary key, name text);'
            "create table deployments (id text primary key, code text unique,"
            f' constraint {KEY} foreign key (id) references "Project" (id));'
            "create table zones (id text primary key);"
            f"insert into \"Project\" values ('{ID}', 'x');"
            f"insert into deployments values ('{ID}', 'the-code-7');"
            "insert into zones values ('zone-no-one');" + GRANT
        )
        assert verdict(database, tmp_path, ID).code == "project-present"
        assert verdict(database, tmp_path, "the-code-7").suggestions == (ID,)
        assert verdict(database, tmp_path, "zone-no-one").code == "other-entity"

    def test_a_tree(self, database: Database, tmp_path: Path) -> None:
        database.execute(
            'drop table deployments; drop table "Project" cascade;'
            'create table "Project" (id text primary key, slug text unique, "projectId" text'
            f' constraint {KEY} references "Project" (id));'
            'create index on "Project" ("projectId");'
            f"insert into \"Project\" values ('{ID}', 'root-folder', null);" + GRANT
        )
        found = verdict(database, tmp_path, "root-folder")
        assert (found.code, found.suggestions) == ("other-column", (ID,))

    def test_in_another_environment_only(
        self, database: Database, make_database: MakeDatabase, tmp_path: Path
    ) -> None:
        local = make_database()
        add_deployment(local)
        crowd(database, 2 * MOST_ENTITIES)
        found = both(database, local, tmp_path, DEPLOYMENT)[1].verdict
        assert (found.code, found.confidence) == ("other-entity", Confidence.LIKELY)
        caveats = both(database, local, tmp_path, ABSENT)[1].verdict.caveats
        assert any(each.startswith("in staging ") for each in caveats)


class TestOtherColumn:
    @pytest.mark.parametrize(("kind", "own"), [("text", ID), ("uuid", UUID), ("int", "42")])
    def test_the_key_is_on_another_column(
        self, kind: str, own: str, database: Database, tmp_path: Path
    ) -> None:
        rebuild(database, "text")
        database.execute(
            f"alter table deployments drop constraint {KEY};"
            'drop table "Project"; create table "Project" (id'
            f" {kind} primary key, slug text unique, name text);"
            f"alter table deployments add constraint {KEY}"
            ' foreign key ("projectId") references "Project" (slug);'
            f"insert into \"Project\" values ('{own}', 'blog', 'Blog');" + GRANT
        )
        diagnosis = said(database, tmp_path, own)
        assert diagnosis.verdict.code == "other-column"
        assert diagnosis.verdict.confidence is Confidence.CERTAIN
        assert diagnosis.verdict.suggestions == ("blog",)
        assert "slug" in diagnosis.verdict.summary
        told = [diagnosis.verdict, *diagnosis.findings]
        assert not any("no project" in each.summary for each in told)
        assert "stale-project-id" not in {each.code for each in told}


class TestNear:
    @pytest.mark.parametrize(
        "text",
        [
            UUID[:-1] + "7", UUID[:-1], UUID + "0", UUID.replace("0305", "3005"),
            UUID[:-1] + "l", UUID.upper()[:-1] + "7", UUID.replace("-", "")[:-1] + "7",
        ],
    )  # fmt: skip
    def test_a_uuid_with_a_slip(self, text: str, database: Database, tmp_path: Path) -> None:
        rebuild(database, "uuid")
        database.execute(f"insert into \"Project\" values ('{UUID}', 'x', now())")
        found = verdict(database, tmp_path, text)
        assert found.code in ("id-typo", "id-truncated")
        assert found.suggestions == (UUID,)

    @pytest.mark.parametrize("text", [UUID[:8], UUID[:20], UUID[:13].upper(), UUID[:22]])
    def test_a_uuid_cut_off(self, text: str, database: Database, tmp_path: Path) -> None:
        rebuild(database, "uuid")
        database.execute(f"insert into \"Project\" values ('{UUID}', 'x', now())")
        found = verdict(database, tmp_path, text)
        assert (found.code, found.suggestions) == ("id-truncated", (UUID,))

    @pytest.mark.parametrize("kind", ["uuid", "text"])
    @pytest.mark.parametrize("stored", [UUID, UUID.replace("-", "")])
    def test_dashes_of_a_uuid(
        self, kind: str, stored: str, database: Database, tmp_path: Path
    ) -> None:
        rebuild(database, kind)
        database.execute(f"insert into \"Project\" values ('{stored}', 'x', now())")
        there = UUID if kind == "uuid" else stored
        for text in ("3f2504e04f8941d39a0c0305e82c3301", "3f2504e0-4f8941d3-9a0c0305-e82c3301"):
            diagnosis = said(database, tmp_path, text)
            assert diagnosis.verdict.code in ("project-present", "id-dirty-paste")
            if diagnosis.verdict.code == "id-dirty-paste":
                assert diagnosis.verdict.suggestions == (there,)

    @pytest.mark.parametrize(
        "stored",
        ["01ARZ3NDEKTSV4RRFFQ69G5FAV", NANOID, "tz4a98xxat96iws9zmbrgj3a", "acme-shop-eu_2", UUID],
    )
    def test_a_slip_in_any_alphabet(self, stored: str, database: Database, tmp_path: Path) -> None:
        rebuild(database, "text")
        database.execute(f"insert into \"Project\" values ('{stored}', 'x', now())")
        for text in (stored[:-3] + stored[-2:], stored[:5] + stored[6] + stored[5] + stored[7:]):
            found = verdict(database, tmp_path, text)
            assert (found.code, found.suggestions) == ("id-typo", (stored,))

    @pytest.mark.parametrize(
        ("kind", "text", "why"),
        [
            ("bigint", "42", "numbers have too many neighbours"),
            ("text", "blgo", "this one has 4 characters"),
            ("text", "x" * 90, "this one has 90 characters"),
        ],
    )
    def test_what_is_not_searched_is_said(
        self, kind: str, text: str, why: str, database: Database, tmp_path: Path
    ) -> None:
        rebuild(database, kind)
        caveats = verdict(database, tmp_path, text).caveats
        assert f"similar IDs were not searched: {why}" in caveats


class TestLetterCase:
    def test_lowered_by_a_host_name(self, database: Database, tmp_path: Path) -> None:
        rebuild(database, "text")
        database.execute(f"insert into \"Project\" values ('{NANOID}', 'x', now())")
        for text in (NANOID.lower(), NANOID.upper(), NANOID.swapcase()):
            found = verdict(database, tmp_path, text)
            assert (found.code, found.suggestions) == ("id-case", (NANOID,))
            assert "one exists with different capitals" in found.summary

    def test_sent_by_the_application(self, database: Database, tmp_path: Path) -> None:
        rebuild(database, "text")
        database.execute(f"insert into \"Project\" values ('{NANOID}', 'x', now())")
        found = verdict(database, tmp_path, with_id(P2003, NANOID.lower()))
        assert found.suggestions == (NANOID,)

    def test_two_that_differ_in_letter_case_only(self, database: Database, tmp_path: Path) -> None:
        rebuild(database, "text")
        twins = (NANOID, NANOID[:-1] + "t")
        for each in twins:
            database.execute(f"insert into \"Project\" values ('{each}', 'x', now())")
        found = verdict(database, tmp_path, NANOID.lower())
        assert found.code == "id-case"
        assert sorted(found.suggestions) == sorted(twins)
        assert "2 exist with different capitals" in found.summary
        assert found.confidence is Confidence.POSSIBLE
        assert verdict(database, tmp_path, NANOID).code == "project-present"

    def test_in_another_environment_only(
        self, database: Database, make_database: MakeDatabase, tmp_path: Path
    ) -> None:
        local = make_database()
        for each in (database, local):
            rebuild(each, "text")
        local.execute(f"insert into \"Project\" values ('{NANOID}', 'x', now())")
        found = both(database, local, tmp_path, NANOID.lower())[1].verdict
        assert found.code == "id-case"
        assert "one exists in local with different capitals" in found.summary

    @pytest.mark.parametrize("collation", ["C", *LANGUAGES])
    def test_among_many(self, collation: str, database: Database, tmp_path: Path) -> None:
        """Bytes sort the cases of a letter far apart, a language side by side."""
        if database.execute("select 1 from pg_collation where collname = %s", collation) == []:
            pytest.skip("this PostgreSQL has no such collation")
        rebuild(database, f'text collate "{collation}"')
        database.execute(
            f"insert into \"Project\" values ('{NANOID}', 'x', now());"
            "insert into \"Project\" select 'Ab' || n from generate_series(1, 12000) as n; analyze"
        )
        found = verdict(database, tmp_path, NANOID.lower())
        absent = verdict(database, tmp_path, "v1stgxr8_z5jdhi6b-xyz").caveats
        unsearched = "IDs in upper or lower case were not searched: no suitable index"
        if collation == "C":
            assert (found.code, found.caveats) == ("stale-project-id", (unsearched,))
            assert absent == (unsearched,)
        else:
            assert (found.code, absent) == ("id-case", ())

    def test_accents_in_one_part_and_in_two(self, database: Database, tmp_path: Path) -> None:
        one, two = "caf\u00e9-projekt", "cafe\u0301-projekt"
        for stored, text in ((one, two), (two, one)):
            rebuild(database, "text")
            database.execute(f"insert into \"Project\" values ('{stored}', 'x', now())")
            diagnosis = said(database, tmp_path, text)
            assert diagnosis.verdict.code == "id-dirty-paste"
            assert diagnosis.verdict.suggestions == (stored,)
