"""What is counted as it happens, for /metrics: no ids, users or hosts in the labels."""

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

PREFIX = "deployment_dashboard"

disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for every counter, which nobody asks
REGISTRY = CollectorRegistry()  # the usual one would tell of the process and its platform, too
LOOKUPS = Counter(
    f"{PREFIX}_lookups",
    "IDs looked up, by the environment deployed to and the verdict.",
    ("environment", "code", "via"),
    registry=REGISTRY,
)
LOOKUP_SECONDS = Histogram(
    f"{PREFIX}_lookup_duration_seconds",
    "How long look-ups took, of however many IDs.",
    ("via",),
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
    registry=REGISTRY,
)
NOTIFICATIONS = Counter(
    f"{PREFIX}_notifications",
    "Messages of alerts, by what became of them: delivered, failed and tried again, or given-up.",
    ("result",),
    registry=REGISTRY,
)
for each in ("delivered", "failed", "given-up"):
    NOTIFICATIONS.labels(each)  # there from the first scrape on, as nought
REFUSALS = Counter(
    f"{PREFIX}_refusals",
    "Requests that were refused, by HTTP status.",
    ("via", "status"),
    registry=REGISTRY,
)
