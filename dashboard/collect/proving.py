"""Puts a claim to the proof: reads the catalog it is about, and has its rows written in a copy."""

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from dashboard.collect.rehearsing import SWITCHED_OFF, Kept, read_image
from dashboard.diagnose.facts import Unavailable
from dashboard.diagnose.lookup.claims import Claim
from dashboard.diagnose.lookup.proof import CopyProof, Proof, cannot, excerpt_of, judge, judge_copy
from dashboard.diagnose.migrations.schema.excerpt import Excerpt, NotReproducible, Row, Written
from dashboard.diagnose.migrations.schema.image import SchemaImage
from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse
from dashboard.postgres import BACKGROUND, Fleet
from dashboard.rehearsal.client import Rehearsals
from dashboard.settings import Settings

KEPT_S = 60.0  # as the catalogs of look-ups are
MOST_KEPT = 8


class Prover:
    """Has a process of its own: one that rehearses long migrations would keep people waiting."""

    def __init__(self, settings: Settings, fleet: Fleet) -> None:
        self._fleet = fleet
        self._server = Rehearsals(settings.rehearsal) if settings.rehearsal else None
        self._images = Kept[tuple[float, SchemaImage]](MOST_KEPT)

    @property
    def possible(self) -> bool:
        """Whether it is not switched off: what else is in the way shows when it is tried."""
        return self._server is not None

    def prove(self, claim: Claim) -> Proof:
        if self._server is None:
            return cannot(SWITCHED_OFF.reason)
        try:
            return self._proven(self._server, claim)
        except NotReproducible as error:
            return cannot(str(error))

    def rest(self) -> None:
        """Let the server go until there is more to prove."""
        if self._server:
            self._server.rest()

    def close(self) -> None:
        if self._server:
            self._server.close()

    def _proven(self, server: Rehearsals, claim: Claim) -> Proof:
        rows = [each.row for each in (*claim.writes, *claim.writes_of_copy)]
        image = self._image(claim, rows)
        if isinstance(image, Unavailable):
            return cannot(image.message)
        excerpt = excerpt_of(claim, image)
        told = server.prove(excerpt, claim.writes)
        if isinstance(told, CannotRehearse):
            return cannot(told.reason)
        return replace(judge(claim, excerpt, told), copy=self._copy(server, claim, image))

    def _copy(self, server: Rehearsals, claim: Claim, image: SchemaImage) -> CopyProof | None:
        if claim.copying is None:
            return None
        writes = claim.writes_of_copy
        excerpt = Excerpt(image, tuple(each.row for each in writes))
        told: Written | CannotRehearse
        try:
            told = server.prove(excerpt, writes)
        except NotReproducible as error:
            told = CannotRehearse(str(error))
        return judge_copy(claim.copying, excerpt, told)

    def _image(self, claim: Claim, rows: Sequence[Row]) -> SchemaImage | Unavailable:
        asked = claim.environment, tuple(sorted({each.table[0] for each in rows}))
        kept = self._images.get(asked)
        if kept and time.monotonic() - kept[0] < KEPT_S:
            return kept[1]
        read = partial(read_image, schemas=asked[1], major=claim.major)
        image = self._fleet.run_one(read, BACKGROUND, claim.environment)
        if isinstance(image, SchemaImage):
            self._images.keep(asked, (time.monotonic(), image))
        return image
