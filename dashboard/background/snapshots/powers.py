"""What a role could do beyond reading, in words."""

from collections import Counter
from collections.abc import Iterable

from queries.rows import Power


def beyond_reading(powers: Iterable[Power]) -> str | None:
    """Name each power and how often it applies; None where the role can only read."""
    counted = Counter(each.power for each in powers)
    if "superuser" in counted:
        return "it is a superuser"
    named = [f"{power} ({times})" if times > 1 else power for power, times in counted.items()]
    return ", ".join(named) or None
