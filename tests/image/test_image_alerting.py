"""The image that is built with the extra tells people; the other one says what it lacks."""

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.docs.readme import ROOT
from tests.image.containers import IMAGE, SECRETS, USER, WITH_EXTRA, WITHOUT_ENGINE, podman

TEST = ("python", "-m", "dashboard", "alert", "--test")


class Receiver(BaseHTTPRequestHandler):
    titles: list[str]

    def do_POST(self) -> None:
        self.titles.append(
            json.loads(self.rfile.read(int(self.headers["content-length"])))["title"]
        )
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[str]:
    """Configure a route to this machine."""
    Receiver.titles = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        path = tmp_path / "secrets.toml"
        path.write_text(
            "[connections.staging]\nurl = 'postgresql://reader@127.0.0.1:1/app'\n"
            f"[[alerts.route]]\nname = 'on-call'\nurl = 'json://127.0.0.1:{server.server_port}/x'\n"
        )
        os.chown(path, USER, USER)
        yield f"--volume={path}:{SECRETS}:ro"
        server.shutdown()


def tried(image: str, mounted: str) -> tuple[int, str]:
    done = podman("run", "--rm", *WITHOUT_ENGINE, mounted, image, *TEST)
    return done.returncode, done.stdout + done.stderr


def test_with_the_extra_people_are_told(mounted: str) -> None:
    documented = (ROOT / "docs" / "operating" / "alerts.md").read_text(encoding="utf-8")
    assert f"deployment-dashboard {' '.join(TEST)}\n" in documented
    assert tried(WITH_EXTRA, mounted) == (0, "on-call: delivered\n")
    assert Receiver.titles == ["Test of the route on-call"]


def test_without_it_the_image_says_how_to_build_one(mounted: str) -> None:
    status, said = tried(IMAGE, mounted)
    assert (status, Receiver.titles) == (2, [])
    assert "`docker build --build-arg REQUIREMENTS=requirements-extra.txt`" in said
