"""What people do on pages, told to the audit and to those who count it."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from dashboard.access import lookups
from dashboard.access.audit import AUDIT
from dashboard.access.lookups import LookUp
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.lookup.digest import Judged
from dashboard.environments import Environment
from dashboard.show.shared import configuration

VIA = "page"

T = TypeVar("T")


def looked_up(judged: Sequence[Judged], seconds: float) -> None:
    ids = [evidence.id for evidence, _ in judged if evidence.id]
    codes = [verdict.code for _, verdict in judged]
    lookups.tell(
        LookUp(configuration.view().viewer.user, VIA, judged[0][0].target.name, ids, codes, seconds)
    )


def downloading(what: str, data: Callable[[], T]) -> Callable[[], T]:
    """Make the data of a download that is told once somebody asks for it, and still may."""
    who, holds = configuration.view().viewer.user, configuration.holding()

    def told() -> T:
        if not holds():
            raise PermissionError("what may be seen has changed since the page was drawn")
        AUDIT.happened("download", who, VIA, what=what)
        return data()

    return told


def muting(what: str, finding: Finding) -> None:
    AUDIT.happened(
        what,
        configuration.view().viewer.user,
        VIA,
        environment=finding.environment,
        code=finding.code,
    )


def alerting(route: str) -> None:
    AUDIT.happened("alert-test", configuration.view().viewer.user, VIA, route=route)


def scanning(environment: Environment, what: str) -> None:
    AUDIT.happened(
        "scan", configuration.view().viewer.user, VIA, environment=environment.name, what=what
    )
