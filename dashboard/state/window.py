"""The span of time that a chart shows, cut into buckets."""

import math
from dataclasses import replace
from datetime import datetime, timedelta

from dashboard.state.times import span_ms, to_ms
from queries.records import dataclass

POINTS = 300
WHOLE = timedelta(days=2)  # every entry is kept for so long, then the last one of each hour
THINNED_S = 3600


@dataclass(frozen=True, slots=True)
class Window:
    """From `since` until before `until`, in buckets that start at multiples of their width."""

    since: datetime
    until: datetime
    bucket_s: int

    def __post_init__(self) -> None:
        if self.bucket_s < 1:
            raise ValueError("a bucket lasts a second or more")

    def fitted(self, now: datetime) -> "Window":
        """Widen the buckets to what is asked: at most POINTS, and none that thinning emptied.

        A bucket narrower than an hour would show a gap where entries were kept by the hour.
        """
        thinned = self.since < now - WHOLE
        crowded = (self.until - self.since).total_seconds() / POINTS
        least = max(self.bucket_s, THINNED_S if thinned else 0, crowded)
        return replace(self, bucket_s=self.bucket_s * math.ceil(least / self.bucket_s))

    @property
    def values(self) -> dict[str, int]:
        """What the questions bind; the first bucket is a whole one."""
        width = span_ms(timedelta(seconds=self.bucket_s))
        return {
            "since": to_ms(self.since) // width * width,
            "until": to_ms(self.until),
            "width": width,
        }
