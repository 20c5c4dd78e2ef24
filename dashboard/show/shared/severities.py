"""How a severity looks: always a word and an icon, never a colour alone."""

from dashboard.diagnose import unanswered
from dashboard.diagnose.finding import WELL, Finding, Severity
from dashboard.diagnose.health.report import EnvironmentHealth
from queries.records import dataclass


@dataclass(frozen=True, slots=True)
class Badge:
    word: str
    icon: str
    colour: str

    @property
    def badge(self) -> str:
        return self.labelled(self.word)

    def labelled(self, words: str) -> str:
        """Give the badge other words; they are Markdown."""
        return f":{self.colour}-badge[{self.icon} {words}]"


BADGES = {
    Severity.ERROR: Badge("Critical", ":material/error:", "red"),
    Severity.WARNING: Badge("Attention", ":material/warning:", "orange"),
    Severity.UNKNOWN: Badge("Unknown", ":material/help:", "gray"),
    Severity.INFO: Badge("Healthy", ":material/check_circle:", "green"),
    Severity.OK: Badge("Healthy", ":material/check_circle:", "green"),
}
NOT_REACHED = Badge("Unreachable", ":material/cloud_off:", "gray")
ASKING = Badge("Asking", ":material/hourglass_empty:", "gray")
NO_PROBLEMS = Badge("No problems", ":material/check_circle:", "green")
NOTE = Badge("Note", ":material/info:", "gray")
STATUSES = {**BADGES, **dict.fromkeys(WELL, NO_PROBLEMS)}

WORDS = {
    "db-ahead": "extra migration",
    "env-unreachable": "unreachable",
    "env-auth": "access refused",
    "check-timeout": "timed out",
    "edited": "edited script",
    "no-ledger": "no ledger",
    "environment-copy": "a copy",
    "several-envs": "shared IDs",
    "empty-env": "empty",
    "rolled-back-only": "rolled back",
    "fake-applied": "applied in name only",
    "fk-missing": "foreign key missing",
}


def in_short(code: str) -> str:
    """Say in a few words what was found."""
    return WORDS.get(code, code.replace("-", " "))


def badge_of(finding: Finding) -> Badge:
    """Say how grave a finding is; what is only noted is no state of health."""
    if finding.code == unanswered.UNREACHABLE:
        return NOT_REACHED
    return NOTE if finding.severity in WELL else BADGES[finding.severity]


def status_of(health: EnvironmentHealth | None) -> Badge:
    """Give the word of an environment: good only for one that was asked and judged.

    | it was judged | it answered | word                       |
    | ------------- | ----------- | -------------------------- |
    | no            | any         | Asking                     |
    | yes           | no          | Unreachable, or Unknown    |
    | yes           | yes         | that of its worst finding  |
    """
    if health is None:
        return ASKING
    if health.unavailable:
        reached = unanswered.code(health.unavailable.kind) != unanswered.UNREACHABLE
        return BADGES[Severity.UNKNOWN] if reached else NOT_REACHED
    return STATUSES[health.status]
