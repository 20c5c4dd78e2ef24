"""Times as the file keeps them: whole milliseconds since 1970, in UTC."""

from datetime import UTC, datetime, timedelta

_START = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    return (moment - _START) // _MILLISECOND


def span_ms(span: timedelta) -> int:
    return span // _MILLISECOND


def from_ms(ms: int) -> datetime:
    return _START + ms * _MILLISECOND
