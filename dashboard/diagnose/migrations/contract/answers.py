"""What Prisma 8's own commands would answer, right or wrong.

| state                              | `migration status`       | exit | `migrate --show` | exit |
| ---------------------------------- | ------------------------ | ---- | ---------------- | ---- |
| cannot be read, or nobody knows    | not known                | -    | not known        | -    |
| a package has not its hash         | CONTRACT_SPACE_VIOLATION | 2    | as below         | -    |
| up to date                         | up to date               | 0    | nothing          | 0    |
| pending, all of it applied before  | up to date: wrong        | 0    | runs             | 0    |
| pending                            | pending                  | 0    | runs             | 0    |
| ahead or diverged, M in no package | MARKER_NOT_IN_HISTORY    | 0    | PATH_UNREACHABLE | 2    |
| ahead, forked                      | no path                  | 0    | PATH_UNREACHABLE | 2    |

`db verify` compares marker and contract (exit 4 where they differ), and where they agree the tables
with the contract: that is not foretold.
"""

from enum import StrEnum

from dashboard.diagnose.migrations.contract.graph import contracts
from dashboard.diagnose.migrations.contract.packages import APP
from dashboard.diagnose.migrations.contract.state import SpaceState, SpaceStatus, statuses
from dashboard.diagnose.migrations.contract.view import ContractView
from queries.records import dataclass


class Said(StrEnum):
    UP_TO_DATE = "up-to-date"
    PENDING = "pending"
    VIOLATION = "CONTRACT_SPACE_VIOLATION"
    NOT_IN_HISTORY = "MARKER_NOT_IN_HISTORY"
    NO_PATH = "no-path"
    NOTHING = "nothing"
    RUNS = "runs"
    UNREACHABLE = "PATH_UNREACHABLE"
    MISMATCH = "MARKER_MISMATCH"


EXITS = {Said.VIOLATION: 2, Said.UNREACHABLE: 2, Said.MISMATCH: 4}


@dataclass(frozen=True, slots=True)
class ContractAnswer:
    outcome: Said

    @property
    def exit(self) -> int:
        return EXITS.get(self.outcome, 0)


def status(view: ContractView) -> ContractAnswer | None:
    app = _app(view)
    if app is None or (app.state is SpaceState.UNKNOWN and not app.broken):
        return None
    return ContractAnswer(Said.VIOLATION if app.broken else _status(app))


def _status(app: SpaceStatus) -> Said:
    match app.state:
        case SpaceState.UP_TO_DATE:
            return Said.UP_TO_DATE
        case SpaceState.PENDING:
            return Said.UP_TO_DATE if app.again == app.way else Said.PENDING
        case _:
            return (
                Said.NO_PATH
                if app.marker in contracts(app.contents.sound)
                else (Said.NOT_IN_HISTORY)
            )


def show(view: ContractView) -> ContractAnswer | None:
    app = _app(view)
    if app is None or app.state is SpaceState.UNKNOWN:
        return None
    known = {SpaceState.UP_TO_DATE: Said.NOTHING, SpaceState.PENDING: Said.RUNS}
    return ContractAnswer(known.get(app.state, Said.UNREACHABLE))


def verify(view: ContractView) -> ContractAnswer | None:
    """Answer where marker and contract differ; where they agree only the tables can tell."""
    app = _app(view)
    if app is None or app.target is None or app.target.hash == app.marker:
        return None
    return ContractAnswer(Said.MISMATCH)


def _app(view: ContractView) -> SpaceStatus | None:
    if view.unreadable or view.folder is None:
        return None
    return next(each for each in statuses(view) if each.space == APP)
