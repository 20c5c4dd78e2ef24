"""Claims put to the proof one by one, while whoever looks on reads the verdict."""

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from typing import Protocol

from dashboard.collect.proving import Prover
from dashboard.diagnose.lookup.claims import Claim
from dashboard.diagnose.lookup.proof import Proof, cannot
from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse

KEPT_S = 60.0
MOST_KEPT = 64
MOST_WAITING = 16
WARM_S = 60.0  # the throw-away server stays for as long, should another one be asked for
PATIENCE_S = 5.0  # of a program, for the proofs of all that it asked about
TOO_MANY = "too many others are being replayed at the moment"
TOO_LONG = "the replay takes too long"
FAILED = "the dashboard failed; see its log"

log = logging.getLogger(__name__)


class Proofs:
    """A thread that is there as long as there is something to prove, and a little longer."""

    def __init__(self, prover: Prover) -> None:
        self._prover = prover
        self._changed = threading.Condition()
        self._told: OrderedDict[Claim, tuple[float, Proof]] = OrderedDict()
        self._waiting: deque[Claim] = deque()
        self._thread: threading.Thread | None = None
        self._closed = False

    def wait(self, claim: Claim | CannotRehearse, timeout_s: float) -> Proof | None:
        """Return the proof, or None where it takes longer; it is asked for meanwhile."""
        if isinstance(claim, CannotRehearse):
            return cannot(claim.reason)
        if not self._prover.possible:
            return self._prover.prove(claim)
        with self._changed:
            known = self._known(claim)
            if known is None and not self._ask(claim):
                return cannot(TOO_MANY)
            self._changed.wait_for(lambda: self._known(claim) or self._closed, timeout_s)
            return self._known(claim)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
        self._prover.close()

    def _known(self, claim: Claim) -> Proof | None:
        at, proof = self._told.get(claim, (0.0, None))
        return proof if time.monotonic() - at < KEPT_S else None

    def _ask(self, claim: Claim) -> bool:
        """Have it proven, unless it is about to be; False where too many wait."""
        if claim in self._waiting:
            return True
        if self._closed or len(self._waiting) >= MOST_WAITING:
            return False
        self._waiting.append(claim)
        self._changed.notify_all()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        return True

    def _run(self) -> None:
        while claim := self._next():
            proof = self._proven(claim)
            with self._changed:
                self._told[claim] = time.monotonic(), proof
                self._told.move_to_end(claim)
                while len(self._told) > MOST_KEPT:
                    self._told.popitem(last=False)
                if claim in self._waiting:
                    self._waiting.remove(claim)
                self._changed.notify_all()
        self._prover.rest()

    def _next(self) -> Claim | None:
        """Wait for one for as long as the server stays; None lets it go."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, WARM_S)
            if self._waiting:
                return self._waiting[0]
            self._thread = None
            return None

    def _proven(self, claim: Claim) -> Proof:
        try:
            return self._prover.prove(claim)
        except Exception:
            log.exception("A verdict on %s could not be proven.", claim.environment.name)
            return cannot(FAILED)


class Waits(Protocol):
    """What is asked for a proof: the proofs themselves, or as many as somebody may see."""

    def wait(self, claim: Claim | CannotRehearse, timeout_s: float) -> Proof | None: ...


def of_all(proofs: Waits, claims: Sequence[Claim | CannotRehearse | None]) -> list[Proof | None]:
    """Wait for all together, for as long as a program would; what takes longer is told."""
    end = time.monotonic() + PATIENCE_S
    for claim in claims:
        if claim:
            proofs.wait(claim, 0)
    told = (proofs.wait(each, max(0, end - time.monotonic())) if each else None for each in claims)
    return [
        proof or (cannot(TOO_LONG) if claim else None)
        for claim, proof in zip(claims, told, strict=True)
    ]
