"""How a severity looks: always a word and an icon, never a colour alone."""

from dataclasses import dataclass

from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.unanswered import UNREACHABLE


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


def badge_of(finding: Finding) -> Badge:
    return NOT_REACHED if finding.code == UNREACHABLE else BADGES[finding.severity]
