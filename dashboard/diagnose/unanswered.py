"""An environment that gave no answer: which finding that is, and what to do about it.

| kind                                   | code              |
| -------------------------------------- | ----------------- |
| credentials or address not accepted    | env-auth          |
| a query ran out of time or was stopped | check-timeout     |
| the catalog changed while it was read  | migration-running |
| a table may not be read                | table-forbidden   |
| anything else                          | env-unreachable   |
"""

from collections.abc import Mapping

from dashboard.diagnose import fixes
from dashboard.diagnose.facts import Kind
from dashboard.diagnose.finding import Fix
from dashboard.environments import Environment

UNREACHABLE = "env-unreachable"
AUTH = "env-auth"
TIMEOUT = "check-timeout"
IN_MOTION = "migration-running"
FORBIDDEN = "table-forbidden"

_CODES: Mapping[Kind, str] = {
    Kind.CREDENTIALS: AUTH,
    Kind.NOT_ALLOWED: AUTH,
    Kind.SLOW: TIMEOUT,
    Kind.LOCKED: TIMEOUT,
    Kind.CANCELLED: TIMEOUT,
    Kind.BUSY: TIMEOUT,
    Kind.SCHEMA_CHANGED: IN_MOTION,
    Kind.FORBIDDEN: FORBIDDEN,
}

_REACHING = "Check that the environment is up and reachable from this machine (VPN?)."
_URL = "in the URL of [connections.{name}]"
_STEPS: Mapping[Kind, str] = {
    Kind.NAME: f"Check the host {_URL}, and that this machine can resolve it (VPN?).",
    Kind.SOCKET: f"Check the folder of the socket {_URL}, and that the server is up.",
    Kind.NOT_POSTGRES: (
        f"Check host and port {_URL}: something other than PostgreSQL listens there."
    ),
    Kind.NO_DATABASE: f"Check the database's name {_URL}.",
    Kind.TLS: f"Check host, sslmode and sslrootcert {_URL}, and the server's certificate.",
    Kind.FULL: "Wait for a free connection, or raise the limit of the role or the server.",
    Kind.STARTING: "Wait until the server is up.",
}


def code(kind: Kind) -> str:
    return _CODES.get(kind, UNREACHABLE)


def fix(environment: Environment, kind: Kind) -> Fix:
    """Say what to do before asking again."""
    match code(kind):
        case "env-auth":
            return _access(environment)
        case "check-timeout":
            return fixes.ask_again(environment, "Wait until the load or the lock is gone.")
        case "migration-running":
            return fixes.ask_again(environment, "Wait until the running deploy is done.")
        case "table-forbidden":
            return fixes.ask_again(
                environment, ("Grant the dashboard's role the missing privileges.")
            )
        case _:
            step = _STEPS.get(kind, _REACHING)
            return fixes.ask_again(environment, step.format(name=environment.name))


def _access(environment: Environment) -> Fix:
    return Fix(
        title=f"Correct the dashboard's access to {environment.name}",
        steps=(
            f"Compare the URL of [connections.{environment.name}] with the current credentials.",
            "Check that pg_hba.conf and the firewall allow this role from this address.",
        ),
        needs_role="operations",
    )
