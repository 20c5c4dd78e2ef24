"""A container on real databases, one of them dead: what it answers, and what it may do."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.demo.databases import reader_password
from dashboard.demo.scenarios import ONLY_LOCAL, PREVIEW, STAGING
from dashboard.demo.seed import connect_urls
from dashboard.postgres.cluster import Cluster
from dashboard.rehearsal.worker import NO_ROOM
from dashboard.settings import load
from tests.docs.readme import code
from tests.image.containers import (
    ADDRESS,
    HISTORY,
    IMAGE,
    USER,
    WITHOUT_ENGINE,
    Container,
    documented,
    eventually,
    looks,
    podman,
    running,
    said,
    variables,
    volume,
)
from tests.image.viewing import viewing

DEAD_PASSWORD = "Unr3achablePw"
PROCESSES = """
import json, pathlib
wanted = ("Uid", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs")
processes = [each for each in pathlib.Path("/proc").iterdir() if each.name.isdecimal()]
lines = [(each / "status").read_text().splitlines() for each in processes]
fields = [dict(line.split(":\\t", 1) for line in status if ":\\t" in line) for status in lines]
print(json.dumps([{name: status[name] for name in wanted} for status in fields]))
"""
WRITABLE = """
import json, os
found = []
for folder, folders, files in os.walk("/"):
    if folder == "/":
        folders[:] = [each for each in folders if each not in ("proc", "sys", "dev")]
    found += [folder] if os.access(folder, os.W_OK) else []
    paths = [os.path.join(folder, name) for name in files]
    found += [path for path in paths if not os.path.islink(path) and os.access(path, os.W_OK)]
print(json.dumps(found))
"""
NOT_COMPILED = """
import dashboard.asgi, dashboard.cli, json, os, sys
dashboard.asgi._start()
cached = [getattr(each, "__cached__", None) for each in list(sys.modules.values())]
print(json.dumps([each for each in cached if each and not os.path.exists(each)]))
"""


@pytest.fixture(scope="module")
def urls(demo: Cluster) -> dict[str, str]:
    return {
        **connect_urls(demo),
        PREVIEW: f"postgresql://reader:{DEAD_PASSWORD}@127.0.0.1:1/preview",
    }


@pytest.fixture(scope="module")
def history() -> Iterator[tuple[str, Path]]:
    with volume() as made:
        yield made


@pytest.fixture(scope="module")
def container(urls: dict[str, str], history: tuple[str, Path]) -> Iterator[Container]:
    with running(*variables(urls), history[0]) as started:
        started.wait_for(200)
        yield started


def test_is_ready_though_one_environment_is_dead(container: Container) -> None:
    assert container.wait_for(200) == {"ready": True, "environments": 4, "answering": 3}


def test_the_health_check_agrees(container: Container) -> None:
    assert container.check_health() == 0


def test_the_page_is_served(container: Container) -> None:
    with urllib.request.urlopen(ADDRESS, timeout=10) as answer:
        assert answer.status == 200
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert b'<div id="root">' in answer.read()


@pytest.mark.parametrize("page", ["", "lookup", "failures", "orphans", "migrations"])
def test_every_page_is_drawn(page: str, container: Container) -> None:
    with viewing(page) as drawn:
        assert drawn.succeeded
        assert STAGING in drawn.text
    assert "Incident" not in container.logged()


def test_a_look_up_is_answered_on_its_page(container: Container) -> None:
    with viewing("lookup", f"id={ONLY_LOCAL.id}&env={STAGING}") as drawn:
        assert drawn.succeeded
        assert f"Project {ONLY_LOCAL.id} is not in staging; it exists in local" in drawn.text


def test_a_look_up_is_answered_inside(container: Container) -> None:
    asked = ("lookup", ONLY_LOCAL.id, "--target", STAGING, "--json")
    done = container.run("python", "-m", "dashboard", *asked)
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["verdict"]["code"] == "environment-mismatch"


def test_a_look_up_has_a_container_of_its_own(urls: dict[str, str]) -> None:
    command = ("python", "-m", "dashboard", "lookup", "-", "--target", STAGING)
    assert " ".join(command) in code()
    options = ("--rm", "-i", *documented(), *WITHOUT_ENGINE, *variables(urls))
    done = podman("run", *options, IMAGE, *command, text=f"projectId: {ONLY_LOCAL.id}\n")
    assert done.returncode == 1, done.stderr
    assert "environment-mismatch" in done.stdout


def rehearsed(urls: dict[str, str], options: list[str]) -> Any:
    """Check inside, with the demo's migrations, and return what is said of one environment."""
    folder = "--env=DIAGNOSIS__MIGRATIONS=/app/dashboard/demo/migrations"
    started = ("--rm", *options, *WITHOUT_ENGINE, folder, *variables(urls))
    done = podman("run", *started, IMAGE, "python", "-m", "dashboard", "check", "--json")
    assert done.stdout, done.stderr
    return json.loads(done.stdout)["environments"][STAGING]["rehearsal"]


def test_what_its_migrations_make_is_rehearsed_inside(urls: dict[str, str]) -> None:
    assert "/tmp:size=1g" in documented()
    assert rehearsed(urls, documented())["schema"]["compared"] is True


@pytest.mark.parametrize("room", [[], ["--tmpfs=/tmp:size=20m"]], ids=["none", "20 MB"])
def test_without_room_to_write_that_is_said(room: list[str], urls: dict[str, str]) -> None:
    without = [each for each in documented() if not each.startswith(("--tmpfs", "/tmp"))]
    schema = rehearsed(urls, [*without, *room])["schema"]
    assert (schema["compared"], schema["reason"]) == (False, NO_ROOM)


def test_every_process_is_without_power(container: Container) -> None:
    processes = container.python(PROCESSES)
    assert processes
    for process in processes:
        assert set(process.pop("Uid").split()) == {str(USER)}
        assert process.pop("NoNewPrivs") == "1"
        assert {int(each, 16) for each in process.values()} == {0}


def test_nothing_else_can_be_written(container: Container) -> None:
    written = container.python(WRITABLE)
    assert HISTORY in written
    places = ("/tmp", HISTORY)
    assert [path for path in written if not path.startswith(places)] == []


def test_the_history_is_in_the_volume(
    container: Container, history: tuple[str, Path], urls: dict[str, str]
) -> None:
    place = history[1]
    assert eventually(lambda: {name for name, _ in looks(place)} == set(urls))
    answering = {name for name, answered in looks(place) if answered}
    assert answering == set(urls) - {PREVIEW}
    database = place / "history.sqlite"
    owners = [(each.stat().st_uid, each.stat().st_mode & 0o777) for each in (place, database)]
    assert owners == [(USER, 0o700), (USER, 0o600)]
    assert DEAD_PASSWORD.encode() not in database.read_bytes()


def test_no_password_is_told(container: Container, urls: dict[str, str], demo: Cluster) -> None:
    with viewing("") as drawn:
        assert drawn.succeeded
    commands = container.run("sh", "-c", "cat /proc/[0-9]*/cmdline").stdout
    assert "streamlit" in commands
    for told in (container.logged(), commands, drawn.text):
        for secret in (DEAD_PASSWORD, reader_password(demo), *urls.values()):
            assert secret not in told


def test_what_the_server_loads_was_compiled_before(container: Container) -> None:
    assert container.python(NOT_COMPILED) == []


def test_the_history_is_expected_where_the_volume_is() -> None:
    environ = dict(
        line.split("=", 1)
        for line in json.loads(said("image", "inspect", "--format={{json .Config.Env}}", IMAGE))
    )
    assert load(environ=environ, folder=Path("/nowhere")).history == Path(HISTORY, "history.sqlite")
