"""D14, the strict migration: applied by half, or replaced by something else.

| the catalog          | finding                        |
| -------------------- | ------------------------------ |
| half-way             | partial, see strict/partial.py |
| neither before nor   | unknown-drift                  |
| after it             |                                |
| before it, after it  | -                              |
"""

from dashboard.diagnose.health.case import Check
from dashboard.diagnose.health.strict import partial

CHECK = Check(
    "Strict migration",
    frozenset({"partial", "unknown-drift"}),
    partial.judge,
    sees=lambda case: case.sees_constraint,
    compares=lambda case: case.strict is not None,  # a state alone is neither right nor wrong
    of_constraint=True,
)
