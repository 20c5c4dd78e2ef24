"""The server's own answers: readiness, headers, and what is logged of a failure."""

import base64
import hashlib
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from starlette.requests import Request

from dashboard import asgi, serving

ASKED = Request({"type": "http", "method": "GET", "path": "/readyz", "headers": []})
PASSWORD = "hunter2secret"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "dashboard.toml"
    monkeypatch.setenv("DASHBOARD_CONFIG", str(path))
    serving.stop()
    yield path
    serving.stop()


def readiness() -> tuple[int, dict[str, object]]:
    answer = asgi.readiness(ASKED)
    return answer.status_code, json.loads(answer.body)


def test_ready_once_every_environment_was_asked(file: Path) -> None:
    file.write_text(f'[connections.x]\nurl = "postgresql://u:{PASSWORD}@127.0.0.1:1/x"\n')
    assert serving.current().snapshots.wait_until_idle(20)
    assert readiness() == (200, {"ready": True, "environments": 1, "answering": 0})


def test_not_ready_without_environments(file: Path) -> None:
    file.touch()
    assert readiness() == (503, {"ready": False, "environments": 0, "answering": 0})


def test_not_ready_with_a_wrong_configuration(file: Path) -> None:
    file.write_text("[connections.wombat]\n")
    status, content = readiness()
    assert status == 503
    assert content["problems"]
    assert "wombat" not in json.dumps(content)  # whoever asks needs no sign-in


def test_only_streamlits_own_inline_script_is_allowed() -> None:
    script = "\n  window.x = false\n"
    policy = asgi.content_security_policy(f"<script>{script}</script><script src='a.js'></script>")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}';" in policy
    assert "unsafe-eval" not in policy


def test_the_page_has_exactly_the_inline_scripts_that_are_allowed() -> None:
    """Streamlit's and ours."""
    assert asgi.HEADERS["Content-Security-Policy"].count("'sha256-") == 2


def test_a_traceback_is_logged_without_secrets(file: Path) -> None:
    file.write_text(f'[connections.x]\nurl = "postgresql://u:{PASSWORD}@127.0.0.1:1/x"\n')
    serving.current()
    failure = ValueError(f"could not use {PASSWORD}")
    record = logging.LogRecord(
        "dashboard", logging.ERROR, __file__, 1, "failed", None, (ValueError, failure, None)
    )
    logged = asgi.RedactedFormatter("%(message)s").format(record)
    assert "ValueError: could not use ***" in logged
    assert PASSWORD not in logged


def test_the_server_answers_to_the_names_it_is_configured_for() -> None:
    assert asgi.HOSTS == ["localhost", "127.0.0.1"]


def test_secrets_are_read_by_the_settings_alone() -> None:
    """Streamlit would put them into the environment, and fail where it may not read them."""
    assert st.get_option("secrets.files") == []


def test_ready_says_that_a_changed_configuration_is_not_used(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "LOOK_EVERY_S", 0.0)
    file.write_text(f'[connections.x]\nurl = "postgresql://u:{PASSWORD}@127.0.0.1:1/x"\n')
    assert serving.current().snapshots.wait_until_idle(20)
    file.write_text("")
    _, emptied = readiness()
    assert (emptied["environments"], emptied["configuration"]) == (1, "rejected")
    file.write_text("[connections.x]\n")
    assert readiness()[1]["configuration"] == "rejected"
