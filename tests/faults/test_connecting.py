"""Faults that keep a connection from coming about: rows 1 to 19."""

import pytest

from dashboard.diagnosis.evidence import Kind
from tests.faults.stage import Fault, Stage, prove
from tests.proxy import Mode

FAULTS = (
    Fault(
        "1", "nothing listens on the port",
        lambda stage: stage.proxy.being(Mode.REFUSE),
        Kind.REFUSED, "the connection was refused",
    ),
    Fault(
        "5", "it accepts, and never answers",
        lambda stage: stage.proxy.being(Mode.SILENT),
        Kind.TIMEOUT, "it did not answer within 2 s", waits=True,
    ),
)  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.row)
def test_fault(fault: Fault, stage: Stage) -> None:
    prove(stage, fault)
