"""The worker from outside: started when first needed, ended with us, or when it does not answer."""

import json
import os
import selectors
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from dashboard.diagnose.migrations.contract.operations import Operation
from dashboard.diagnose.migrations.schema.excerpt import Do, Excerpt, Refusal, Write, Written
from dashboard.diagnose.migrations.schema.forecast import Step
from dashboard.diagnose.migrations.schema.image import Key, SchemaImage
from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse
from dashboard.postgres.processes import bare_environment, forking
from queries.records import dataclass

ROOT = Path(__file__).parents[2]
SECONDS = 30.0  # for one request
SECONDS_A_PROOF = 5.0
SECONDS_A_SCRIPT = 3.0  # beside that, of those that are run in pieces
GRACE_S = 20.0  # to start, and to say that it was ended
STOP_S = 15.0
NOT_HERE = CannotRehearse("the throw-away server is for Linux and macOS")
CLOSED = CannotRehearse("the dashboard ends")
BROKEN = CannotRehearse("the process that rehearses has failed: its messages say why")


@dataclass(frozen=True, slots=True)
class Planned:
    """What a package would run; `refused` is the check that ends it, `doubt` one that asks rows."""

    name: str
    script: str
    refused: str | None
    doubt: str | None


Scripts = tuple[tuple[str, str], ...]  # migrations by name, in the order of their application
Text = tuple[Key, str]  # an object of a catalog, and which of its facets


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one script; `failure` is a SQLSTATE and a message."""

    name: str
    failure: tuple[str, str] | None
    assumed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """One script that was applied: what came of it, and the schema before and after it.

    What was tried in pieces has the schema before and after in its `steps` alone. They are its
    statements, up to the first that fails, which is `following`, and `kinds` those of all of them.
    `stand_ins` are the extensions that are there with nothing in them.
    """

    outcome: Outcome
    before: SchemaImage
    after: SchemaImage
    steps: tuple[Step, ...] = ()
    kinds: tuple[str, ...] = ()
    following: str = ""
    stand_ins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Replayed:
    """What migrations make from nothing, up to the first that failed."""

    outcomes: tuple[Outcome, ...]
    image: SchemaImage
    scripts: Scripts = ()

    @property
    def failed(self) -> Outcome | None:
        return next((each for each in self.outcomes if each.failure), None)


class Rehearsals:
    """Asks for one thing at a time; whoever comes meanwhile waits."""

    def __init__(self, keep: Path) -> None:
        self._keep = keep
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    def replay(self, schema: str, scripts: Scripts) -> Replayed | CannotRehearse:
        told = self._ask("expect", schema=schema, migrations=list(scripts))
        if isinstance(told, CannotRehearse):
            return told
        outcomes = tuple(map(_outcome, told["outcomes"]))
        return Replayed(outcomes, SchemaImage.from_json(told["image"]), tuple(scripts))

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

    def trace(
        self, schema: str, scripts: Scripts, more: Scripts
    ) -> tuple[Tried, ...] | CannotRehearse:
        """Apply `more` to what `scripts` make, up to the first that fails."""
        if not more:
            return ()
        told = self._ask(
            "trace", len(more), schema=schema, migrations=list(scripts), more=list(more)
        )
        if isinstance(told, CannotRehearse):
            return told
        return tuple(_tried(told["traced"], SchemaImage.from_json(told["image"])))

    def rehearse(
        self, schema: str, image: SchemaImage, scripts: Scripts
    ) -> tuple[Tried, ...] | CannotRehearse:
        """Apply scripts to an empty copy of a schema, up to the first that fails."""
        if not scripts:
            return ()
        listed, told_image = list(scripts), image.to_json()
        told = self._ask(
            "rehearse", len(listed), schema=schema, image=told_image, migrations=listed
        )
        if isinstance(told, CannotRehearse):
            return told
        if left_out := told["left_out"]:
            return _not_made(left_out)
        tried = _tried(told["rehearsed"], SchemaImage.from_json(told["image"]))
        stand_ins = tuple(told["stand_ins"])
        return tuple(replace(each, stand_ins=stand_ins) for each in tried)

    def plan(
        self, schema: str, image: SchemaImage, packages: Sequence[tuple[str, Sequence[Operation]]]
    ) -> tuple[Planned, ...] | CannotRehearse:
        """Say what each package of Prisma 8's would run on a copy of a schema, up to its end."""
        listed = [(name, [asdict(each) for each in run]) for name, run in packages]
        told = self._ask("plan", len(listed), schema=schema, image=image.to_json(), packages=listed)
        if isinstance(told, CannotRehearse):
            return told
        if left_out := told["left_out"]:
            return _not_made(left_out)
        return tuple(Planned(**each) for each in told["planned"])

    def prove(self, excerpt: Excerpt, writes: Sequence[Write]) -> Written | CannotRehearse:
        """Write the rows of an excerpt, as many as there are writes, in a copy of it."""
        steps = steps_of(excerpt, writes)
        told = self._ask(
            "prove", seconds=SECONDS_A_PROOF, image=excerpt.image.to_json(), steps=steps
        )
        if isinstance(told, CannotRehearse):
            return told
        outcomes = (each and Refusal(**each) for each in told["outcomes"])
        return Written(tuple(outcomes), tuple(told["left_out"]))

    def rest(self) -> None:
        """Give its memory back until it is asked again."""
        with self._lock:
            self._stop()

    def close(self) -> None:
        """End it for good, in the midst of what it does if need be."""
        self._closed = True
        idle = self._lock.acquire(blocking=False)
        try:
            if self._process and not idle:
                self._process.kill()  # whoever waits for its answer gets none
            else:
                self._stop()
        finally:
            if idle:
                self._lock.release()

    def _ask(
        self, work: str, scripts: int = 0, seconds: float | None = None, **request: object
    ) -> Mapping[str, Any] | CannotRehearse:
        if sys.platform == "win32":
            return NOT_HERE
        with self._lock:
            if self._closed:
                return CLOSED
            most = SECONDS if seconds is None else seconds
            seconds = most + scripts * SECONDS_A_SCRIPT
            line = json.dumps({"do": work, "seconds": seconds, **request}).encode() + b"\n"
            answer = self._exchange(line, seconds)
            if answer is None:
                self._stop()
                return BROKEN
        told = json.loads(answer)
        return CannotRehearse(told["cannot"]) if "cannot" in told else told

    def _exchange(self, line: bytes, seconds: float) -> bytes | None:
        """Write and read with an end; None where the worker does not keep to it."""
        process = self._running()
        if process.stdin is None or process.stdout is None:
            raise TypeError("the worker was started with both pipes")
        try:
            process.stdin.write(line)
            process.stdin.flush()
        except OSError:
            return None
        return _line(process.stdout.fileno(), time.monotonic() + seconds + GRACE_S)

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            self._stop()
            with forking():
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "dashboard.rehearsal.worker", self._keep],
                    cwd=ROOT,
                    env={**bare_environment(), "PYTHONPATH": str(ROOT), "TMPDIR": self._room()},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    start_new_session=True,  # Ctrl-C is for us
                )
        return self._process

    def _room(self) -> str:
        """Choose where the server's folder is made: among others, else where it is kept."""
        try:
            return tempfile.gettempdir()
        except FileNotFoundError:
            return str(self._keep.parent)

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


def _not_made(left_out: Sequence[str]) -> CannotRehearse:
    return CannotRehearse(f"part of its schema cannot be made here: {left_out[0]}")


def steps_of(excerpt: Excerpt, writes: Sequence[Write]) -> list[dict[str, Any]]:
    """Tell what is written, with all values that it needs."""
    return [
        {
            "do": each.do,
            "table": each.row.table,
            "tried": each.tried,
            "values": values if each.do is Do.INSERT else dict(each.row.values),
        }
        for each, values in zip(writes, excerpt.filled(), strict=True)
    ]


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


def _tried(told: Sequence[Mapping[str, Any]], before: SchemaImage) -> Iterator[Tried]:
    in_pieces = before  # objects have other identities there
    for each in told:
        after = before.changed(each["change"])
        steps = tuple(_steps(each["steps"], in_pieces))
        in_pieces = steps[-1].after if steps else in_pieces
        outcome, kinds = _outcome(each["outcome"]), tuple(each["kinds"])
        yield Tried(outcome, before, after, steps, kinds, each["following"])
        before = after


def _steps(told: Sequence[Mapping[str, Any]], before: SchemaImage) -> Iterator[Step]:
    for number, each in enumerate(told, start=1):
        after = before.changed(each["change"])
        locks = tuple((relation, mode) for relation, mode in each["locks"])
        ends = {"commits": each["commits"], "alone": each["alone"]}
        yield Step(number, each["text"], each["kind"], before, after, locks, **ends)
        before = after


def _outcome(told: Mapping[str, Any]) -> Outcome:
    failure = told["failure"]
    what = (failure["sqlstate"], failure["message"]) if failure else None
    return Outcome(told["name"], what, tuple(told["assumed"]))
