"""Streamlit's own command on a server whose minutes are seconds: what takes a day is seen in one.

Everything else is as it is: several processes, their clocks, and what they share.
"""

import os

from streamlit.web import cli

from dashboard.background import alerting, delivery, failures, orphans, periodic_task, sharing
from dashboard.background import snapshots as snapshotting
from dashboard.diagnose import alerts
from dashboard.postgres import pool
from dashboard.state import database, leases, notices

INTERVAL_S = float(os.environ.get("INTERVAL_S", "4"))  # which is a minute of those that pass
HELD_S = 1.5 * INTERVAL_S
SETTLED_S, SILENT_S = 2 * INTERVAL_S, 7.5 * INTERVAL_S

if __name__ == "__main__":
    pace = INTERVAL_S / snapshotting.EVERY_S
    snapshotting.EVERY_S = snapshotting.FIRST_PAUSE_S = INTERVAL_S
    failures.EVERY_S = orphans.EVERY_S = 60.0
    periodic_task.RETRY_S = tuple(each * pace for each in periodic_task.RETRY_S)
    pool.UNUSED_S *= pace
    leases.HELD_S = HELD_S
    sharing.EVERY_S, sharing.RENEW_S, sharing.REST_S = 0.5, 1.0, 1.0
    database.PAUSE_S = 1.0
    alerting.EVERY_S = 1.0
    alerting.WAITS_S = (1.0,)
    notices.HELD_MS, notices.DECIDES_MS = 6_000, 4_000
    alerts.SETTLED_S, alerts.SILENT_S, alerts.WINDOW_S = SETTLED_S, SILENT_S, 15 * INTERVAL_S
    delivery.mistakes = lambda _alerts: iter(())
    cli.main(prog_name="streamlit")
