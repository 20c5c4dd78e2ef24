"""D14 and D18, the strict migration: applied by half, about to fail, or replaced by something else.

| the catalog        | finding                                         |
| ------------------ | ----------------------------------------------- |
| half-way           | partial, see strict/partial.py                  |
| before it          | would-fail where rows stop it, see prediction.py |
| neither of these   | unknown-drift, and would-fail                   |
| after it           | -                                               |
"""

from collections.abc import Iterator

from dashboard.diagnose.finding import Finding
from dashboard.diagnose.health.case import Case, Check
from dashboard.diagnose.health.strict import partial, prediction


def judge(case: Case) -> Iterator[Finding]:
    """Say what is left of it to do, then what would stop it."""
    yield from partial.judge(case)
    if predicted := prediction.judge(case):
        yield predicted


CHECK = Check(
    "Strict migration",
    frozenset({"partial", "unknown-drift", "would-fail"}),
    judge,
    sees=lambda case: case.sees_constraint,
    compares=lambda case: case.strict is not None,  # a state alone is neither right nor wrong
    of_constraint=True,
)
