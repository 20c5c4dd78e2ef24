"""How a severity looks: always a word and an icon, never a colour alone."""

from dataclasses import dataclass

from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.unanswered import UNREACHABLE


@dataclass(frozen=True, slots=True)
class Look:
    word: str
    icon: str
    colour: str

    @property
    def badge(self) -> str:
        return self.labelled(self.word)

    def labelled(self, words: str) -> str:
        """Give the badge other words; they are Markdown."""
        return f":{self.colour}-badge[{self.icon} {words}]"


LOOKS = {
    Severity.ERROR: Look("Critical", ":material/error:", "red"),
    Severity.WARNING: Look("Attention", ":material/warning:", "orange"),
    Severity.UNKNOWN: Look("Unknown", ":material/help:", "gray"),
    Severity.INFO: Look("Healthy", ":material/check_circle:", "green"),
    Severity.OK: Look("Healthy", ":material/check_circle:", "green"),
}
NOT_REACHED = Look("Unreachable", ":material/cloud_off:", "gray")
ASKING = Look("Asking", ":material/hourglass_empty:", "gray")


def look_of(finding: Finding) -> Look:
    return NOT_REACHED if finding.code == UNREACHABLE else LOOKS[finding.severity]
