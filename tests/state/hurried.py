"""Streamlit's own command on a server whose minutes are seconds: what takes a day is seen in one.

Everything else is as it is: several processes, their clocks, and what they share.
"""

from streamlit.web import cli

from dashboard.background import alerting, delivery, failures, orphans, periodic_task, sharing
from dashboard.background import snapshots as snapshotting
from dashboard.diagnose import alerts
from dashboard.state import database, leases, notices

INTERVAL_S = 4.0
HELD_S = 6.0

if __name__ == "__main__":
    snapshotting.EVERY_S = snapshotting.FIRST_PAUSE_S = INTERVAL_S
    failures.EVERY_S = orphans.EVERY_S = 60.0
    snapshotting.APART_S = periodic_task.JITTER = 0.0
    leases.HELD_S = HELD_S
    sharing.EVERY_S, sharing.RENEW_S, sharing.REST_S = 0.5, 1.0, 1.0
    database.PAUSE_S = 1.0
    alerting.EVERY_S = 1.0
    alerting.WAITS_S = (1.0,)
    notices.HELD_MS, notices.DECIDES_MS = 6_000, 4_000
    alerts.SETTLED_S, alerts.SILENT_S, alerts.WINDOW_S = 8.0, 30.0, 60.0
    delivery.mistakes = lambda _alerts: iter(())
    cli.main(prog_name="streamlit")
