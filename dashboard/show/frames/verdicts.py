"""The verdicts on many ids."""

from collections.abc import Iterable, Sequence

import pandas as pd

from dashboard.diagnose.health.report import WORST_FIRST as WORST_SEVERITIES
from dashboard.diagnose.lookup.digest import Judged, Tally
from dashboard.diagnose.lookup.report import SEVERITY_WORDS, STATE_WORDS


def verdicts(judged: Sequence[Judged]) -> pd.DataFrame:
    """List the ids, the worst first: verdict, and where each was found."""
    worst_first = sorted(judged, key=lambda each: WORST_SEVERITIES.index(each[1].severity))
    return pd.DataFrame(
        {
            "ID": [evidence.id for evidence, _ in worst_first],
            "Severity": [SEVERITY_WORDS[verdict.severity] for _, verdict in worst_first],
            "Verdict": [verdict.code for _, verdict in worst_first],
            **{
                f"in {each.name}": [
                    STATE_WORDS[evidence.presence(each).state] for evidence, _ in worst_first
                ]
                for each in judged[0][0].answers
            },
            "Summary": [verdict.summary for _, verdict in worst_first],
        }
    )


def tallies(counted: Iterable[Tally]) -> pd.DataFrame:
    """Count ids per verdict, worst first."""
    columns = ["verdict", "severity", "ids"]
    records = [(each.code, SEVERITY_WORDS[each.severity], each.number) for each in counted]
    return pd.DataFrame(records, columns=columns)
