"""The process that rehearses: a request a line of JSON, and an answer a line.

It ends when its input does. The server ends with it, or when a script does not.
"""

import errno
import json
import shutil
import sys
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, TextIO

from dashboard.diagnose.migrations.contract.operations import Operation
from dashboard.diagnose.migrations.schema.image import SchemaImage
from dashboard.postgres.processes import ClusterError
from dashboard.rehearsal import catalog, mirror, operations, proving, replay, steps
from dashboard.rehearsal.replay import Migration, Replay
from dashboard.rehearsal.reprinting import reprint
from dashboard.rehearsal.server import Ended, Sandbox
from queries.records import dataclass

MOST_KEPT = 4  # databases that were replayed: environments at one state share one
NO_ROOM = "there is no room to write: it needs a folder for temporary files with 1 GB"
LEAST_ROOM_BYTES = 300 << 20
JSON = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expected:
    """A database that migrations were replayed in, and what they made."""

    database: str
    replay: Replay
    image: SchemaImage


class Worker:
    def __init__(self, keep: Path) -> None:
        self._keep = keep
        self._sandbox: Sandbox | None = None
        self._expected: OrderedDict[str, Expected] = OrderedDict()
        self._work: Mapping[str, Callable[[Sandbox, JSON], JSON]] = {
            "expect": self._expect,
            "reprint": self._reprint,
            "mirror": self._mirror,
            "trace": self._trace,
            "rehearse": self._rehearse,
            "plan": self._plan,
            "prove": self._prove,
        }

    def answer(self, request: JSON) -> JSON:
        """Do what is asked; `cannot` says why nothing can be rehearsed, or this not to its end."""
        try:
            sandbox = self._started()
            with sandbox.watched(request["seconds"]):
                return self._work[request["do"]](sandbox, request)
        except ClusterError as error:
            self.stop()
            return {"cannot": str(error)}
        except OSError:
            self.stop()
            return {"cannot": NO_ROOM}
        except Ended as error:
            self.stop()
            return {"cannot": f"the rehearsal was ended, as {error}"}

    def stop(self) -> None:
        self._expected.clear()
        if self._sandbox:
            self._sandbox.stop()
            self._sandbox = None

    def _started(self) -> Sandbox:
        if self._sandbox is None:
            if shutil.disk_usage(tempfile.gettempdir()).free < LEAST_ROOM_BYTES:
                raise OSError(errno.ENOSPC, NO_ROOM)
            self._sandbox = Sandbox(self._keep).start()
        return self._sandbox

    def _expect(self, sandbox: Sandbox, request: JSON) -> JSON:
        expected = self._replayed(sandbox, request["migrations"], request["schema"])
        return {
            "outcomes": [asdict(each) for each in expected.replay.outcomes],
            "image": expected.image.to_json(),
        }

    def _reprint(self, sandbox: Sandbox, request: JSON) -> JSON:
        expected = self._replayed(sandbox, request["migrations"], request["schema"])
        texts = [(tuple(key), facet) for key, facet in request["texts"]]
        found = SchemaImage.from_json(request["found"])
        extensions = [row for _, row in expected.image.all("extension")]
        path = catalog.search_path([request["schema"]], extensions)
        with sandbox.connect(expected.database) as connection:
            printed = reprint(connection, texts, found, path)
        return {"printed": [printed[each] for each in texts]}

    def _mirror(self, sandbox: Sandbox, request: JSON) -> JSON:
        """Make it, and read it again: what is lost on the way shows."""
        image = SchemaImage.from_json(request["image"])
        with (
            _mirrored(sandbox, "mirror", image, request["schema"]) as left_out,
            sandbox.connect("mirror") as connection,
        ):
            made = catalog.read(connection, image.schemas)
        return {"left_out": left_out, "image": made.to_json()}

    def _trace(self, sandbox: Sandbox, request: JSON) -> JSON:
        """Apply more to what was replayed, and tell what each makes of the schema."""
        base = self._replayed(sandbox, request["migrations"], request["schema"])
        scripts = [Migration(name, script) for name, script in request["more"]]
        with _database(sandbox, "trace", base.database):
            made = list(steps.traced(sandbox, "trace", scripts, request["schema"], base.image))
        return {"image": base.image.to_json(), "traced": [_as_json(each) for each in made]}

    def _rehearse(self, sandbox: Sandbox, request: JSON) -> JSON:
        """Apply scripts to a mirror, whole and in pieces."""
        image, schema = SchemaImage.from_json(request["image"]), request["schema"]
        scripts = [Migration(name, script) for name, script in request["migrations"]]
        with _mirrored(sandbox, "mirror", image, schema) as left_out:
            with sandbox.connect("mirror") as connection:
                made = catalog.read(connection, sorted({schema, *image.schemas}))
                stand_ins = mirror.stand_ins(connection)
            told = [
                _as_json(each) for each in steps.rehearsed(sandbox, "mirror", scripts, schema, made)
            ]
        return {
            "left_out": left_out,
            "image": made.to_json(),
            "rehearsed": told,
            "stand_ins": stand_ins,
        }

    def _plan(self, sandbox: Sandbox, request: JSON) -> JSON:
        """Say which of a package's statements would be run on a mirror."""
        image, schema = SchemaImage.from_json(request["image"]), request["schema"]
        packages = [
            (name, [Operation.from_json(each) for each in listed])
            for name, listed in request["packages"]
        ]
        with (
            _mirrored(sandbox, "mirror", image, schema) as left_out,
            sandbox.connect("mirror") as connection,
        ):
            replay.enter(connection, schema)
            told = [asdict(each) for each in operations.planned(connection, packages)]
        return {"left_out": left_out, "planned": told}

    def _prove(self, sandbox: Sandbox, request: JSON) -> JSON:
        """Write rows in an excerpt of a schema; none of their values stays."""
        image = SchemaImage.from_json(request["image"])
        with _mirrored(sandbox, "proof", image, image.schemas[0]) as left_out:
            told = proving.outcomes(sandbox, "proof", request["steps"])
        return {"left_out": left_out, "outcomes": told}

    def _replayed(
        self, sandbox: Sandbox, migrations: Sequence[Sequence[str]], schema: str
    ) -> Expected:
        """Replay, or take the database that it was done in."""
        name = sha256(json.dumps([schema, migrations]).encode()).hexdigest()[:32]
        if name not in self._expected:
            while len(self._expected) >= MOST_KEPT:
                _, oldest = self._expected.popitem(last=False)
                sandbox.drop(oldest.database)
            self._expected[name] = _replay(sandbox, f"expected_{name}", migrations, schema)
        self._expected.move_to_end(name)
        return self._expected[name]


@contextmanager
def _database(sandbox: Sandbox, name: str, copy_of: str) -> Iterator[None]:
    sandbox.drop(name)
    sandbox.create(name, "public", copy_of=copy_of)
    yield
    sandbox.drop(name)


@contextmanager
def _mirrored(
    sandbox: Sandbox, name: str, image: SchemaImage, schema: str
) -> Iterator[Sequence[str]]:
    """Make a copy of a schema for a while, and say what of it could not be made."""
    sandbox.drop(name)
    left_out = mirror.mirror(sandbox, name, image, schema)
    try:
        yield left_out
    finally:
        sandbox.drop(name)


def _as_json(rehearsed: steps.Rehearsed) -> JSON:
    return {
        "outcome": asdict(rehearsed.outcome),
        "change": rehearsed.change,
        "steps": [asdict(each) for each in rehearsed.steps],
        "kinds": rehearsed.kinds,
        "following": rehearsed.following,
    }


def _replay(
    sandbox: Sandbox, database: str, migrations: Sequence[Sequence[str]], schema: str
) -> Expected:
    scripts = [Migration(name, script) for name, script in migrations]
    done = replay.replay(sandbox, database, scripts, schema)
    with sandbox.connect(database) as connection:
        schemas = [each for each in catalog.schemas_of(connection) if each not in done.schemas]
        image = catalog.read(connection, schemas)
    return Expected(database, done, image)


def main(requests: TextIO, answers: TextIO, keep: Path) -> None:
    worker = Worker(keep)
    try:
        for line in requests:
            answers.write(json.dumps(worker.answer(json.loads(line))) + "\n")
            answers.flush()
    finally:
        worker.stop()


if __name__ == "__main__":
    main(sys.stdin, sys.stdout, Path(sys.argv[1]))
