"""The worker from outside: started when first needed, ended with us, or when it does not answer."""

import json
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.diagnose.migrations.schema.image import Key, SchemaImage
from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse
from dashboard.postgres.processes import bare_environment, forking

ROOT = Path(__file__).parents[2]
SECONDS = 30.0  # for one request
GRACE_S = 20.0  # to start, and to say that it was ended
STOP_S = 15.0
NOT_HERE = CannotRehearse("the throw-away server is for Linux and macOS")
BROKEN = CannotRehearse("the process that rehearses has failed: its messages say why")

Scripts = Sequence[tuple[str, str]]  # migrations by name, in the order of their application
Text = tuple[Key, str]  # an object of a catalog, and which of its facets


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one script; `failure` is a SQLSTATE and a message."""

    name: str
    failure: tuple[str, str] | None
    assumed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What migrations make from nothing, up to the first that failed."""

    outcomes: tuple[Outcome, ...]
    image: SchemaImage


class Rehearsals:
    """Asks for one thing at a time; whoever comes meanwhile waits."""

    def __init__(self, keep: Path) -> None:
        self._keep = keep
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def replay(self, schema: str, scripts: Scripts) -> Replayed | CannotRehearse:
        told = self._ask("expect", schema=schema, migrations=list(scripts))
        if isinstance(told, CannotRehearse):
            return told
        outcomes = tuple(map(_outcome, told["outcomes"]))
        return Replayed(outcomes, SchemaImage.from_json(told["image"]))

    def reprint(
        self, schema: str, scripts: Scripts, found: SchemaImage, texts: Sequence[Text]
    ) -> Mapping[Text, str | None] | CannotRehearse:
        """Print texts of another server's as the sandbox prints them; None where it does not."""
        told = self._ask(
            "reprint",
            schema=schema,
            migrations=list(scripts),
            found=found.to_json(),
            texts=list(texts),
        )
        if isinstance(told, CannotRehearse):
            return told
        return dict(zip(texts, told["printed"], strict=True))

    def close(self) -> None:
        with self._lock:
            self._stop()

    def _ask(self, work: str, **request: object) -> Mapping[str, Any] | CannotRehearse:
        if sys.platform == "win32":
            return NOT_HERE
        with self._lock:
            line = json.dumps({"do": work, "seconds": SECONDS, **request}).encode() + b"\n"
            answer = self._exchange(line)
            if answer is None:
                self._stop()
                return BROKEN
        told = json.loads(answer)
        return CannotRehearse(told["cannot"]) if "cannot" in told else told

    def _exchange(self, line: bytes) -> bytes | None:
        """Write and read with an end; None where the worker does not keep to it."""
        process = self._running()
        if process.stdin is None or process.stdout is None:
            raise TypeError("the worker was started with both pipes")
        try:
            process.stdin.write(line)
            process.stdin.flush()
        except OSError:
            return None
        return _line(process.stdout.fileno(), time.monotonic() + SECONDS + GRACE_S)

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            self._stop()
            with forking():
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "dashboard.rehearsal.worker", self._keep],
                    cwd=ROOT,
                    env={**bare_environment(), "PYTHONPATH": str(ROOT)},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    start_new_session=True,  # Ctrl-C is for us
                )
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()  # which tells it to end
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()  # and its server with it
            process.wait()


def _line(descriptor: int, until: float) -> bytes | None:
    parts: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while selector.select(max(0.0, until - time.monotonic())):
            part = os.read(descriptor, 1 << 20)
            parts.append(part)
            if not part:
                return None
            if part.endswith(b"\n"):
                return b"".join(parts)
    return None


def _outcome(told: Mapping[str, Any]) -> Outcome:
    failure = told["failure"]
    what = (failure["sqlstate"], failure["message"]) if failure else None
    return Outcome(told["name"], what, tuple(told["assumed"]))
