"""Who asked for what: one line of JSON, on standard output, for whoever keeps logs.

Nothing that a person or a database wrote can begin a line of its own, and names are in none. Each
line carries the hash of the one before it: dashboard/access/chain.py finds what was changed.
"""

import hashlib
import json
import logging
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TextIO

from dashboard.access.chain import FIRST, digest
from dashboard.diagnose.paste import stands_out

AGAIN_S = 60.0  # the same question of the same person is a page that was drawn again
MOST_IDS = 20  # of many, the rest is counted

log = logging.getLogger("dashboard")


class Audit:
    """Each process has a chain of its own, its `run`; `output` None: standard output.

    `also` gets every line with its run and serial, and must not wait.
    """

    def __init__(self, output: TextIO | None = None) -> None:
        self.also: Callable[[str, int, str], None] | None = None
        self._output = output
        self._run = secrets.token_hex(4)
        self._serial = 0
        self._before = FIRST
        self._lately: dict[str, float] = {}
        self._lock = threading.Lock()

    def looked_up(
        self, who: str, via: str, environment: str, ids: Sequence[str], codes: Iterable[str]
    ) -> None:
        self.happened(
            "lookup",
            who,
            via,
            environment=environment,
            ids=[_told(each) for each in ids[:MOST_IDS]],
            number=len(ids),
            codes=sorted(set(codes)),
        )

    def happened(self, event: str, who: str, via: str, **more: object) -> None:
        """Note look-ups, sign-ins, refusals, scans and downloads; not twice within a minute."""
        entry = {"event": event, "who": who, "via": via, **more}
        key, now = json.dumps(entry, sort_keys=True), time.monotonic()
        with self._lock:
            again = now - self._lately.get(key, float("-inf")) < AGAIN_S
            if not again:
                kept = self._lately.items()
                self._lately = {each: at for each, at in kept if now - at < AGAIN_S}
                self._lately[key] = now
                self._write(entry)

    def _write(self, entry: dict[str, object]) -> None:
        self._serial += 1
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        head = {"audit": 1, "at": at, "run": self._run, "serial": self._serial}
        line = json.dumps({**head, **entry, "before": self._before})
        self._before = digest(line)
        if self.also:
            self.also(self._run, self._serial, line)
        try:
            print(line, file=self._output or sys.stdout, flush=True)
        except (OSError, ValueError):  # nobody reads it any more; people are answered all the same
            log.exception("A line of the audit could not be written: %s", line)


def _told(identifier: str) -> str:
    """Write what is an id beyond doubt as it is; anything else that was pasted as its hash."""
    if stands_out(identifier):
        return identifier
    return f"sha256:{hashlib.sha256(identifier.encode(errors='replace')).hexdigest()[:16]}"


AUDIT = Audit()
