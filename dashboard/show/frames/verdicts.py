"""The verdicts on many ids."""

from collections.abc import Iterable, Sequence

import pandas as pd

from dashboard.diagnose.lookup.digest import RESULT_WORDS, Judged, Tally, tally
from dashboard.diagnose.lookup.report import STATE_WORDS


def verdicts(judged: Sequence[Judged]) -> pd.DataFrame:
    """List the ids, those with the rarest verdicts first: verdict, and where each was found."""
    order = [(each.code, each.severity) for each in tally(judged)]
    rarest_first = sorted(judged, key=lambda each: order.index((each[1].code, each[1].severity)))
    return pd.DataFrame(
        {
            "ID": [evidence.id for evidence, _ in rarest_first],
            "Result": [RESULT_WORDS[verdict.severity] for _, verdict in rarest_first],
            "Verdict": [verdict.code for _, verdict in rarest_first],
            **{
                f"in {each.name}": [
                    STATE_WORDS[evidence.presence(each).state] for evidence, _ in rarest_first
                ]
                for each in judged[0][0].answers
            },
            "Summary": [verdict.summary for _, verdict in rarest_first],
        }
    )


def tallies(counted: Iterable[Tally]) -> pd.DataFrame:
    """Count ids per verdict, the rarest first."""
    columns = ["verdict", "severity", "ids"]
    records = [(each.code, RESULT_WORDS[each.severity], each.number) for each in counted]
    return pd.DataFrame(records, columns=columns)
