"""Messages by Apprise, which is an extra: its URLs are secrets, and nothing of it is logged."""

import logging
from collections.abc import Iterator
from typing import Any

from dashboard.redaction import redact
from dashboard.settings.alerts import Alerts

EXTRA = "[alerts] needs an extra: `./run alert --test` installs it, from requirements-extra.txt."

log = logging.getLogger("dashboard")


def mistakes(alerts: Alerts) -> Iterator[str]:
    """Say what of the routes cannot be used; never what a URL is."""
    if not alerts.routes:
        return
    try:
        apprise = _apprise()
    except ModuleNotFoundError:
        yield EXTRA
        return
    for route in alerts.routes:
        for number, url in enumerate(route.urls, start=1):
            if not apprise.Apprise().add(url):
                which = f" number {number}" if len(route.urls) > 1 else ""
                yield (
                    f"[[alerts.route]] {route.name}: url{which} is none that Apprise can use; "
                    "its documentation lists them by service."
                )


def deliver(url: str, title: str, body: str) -> bool:
    """Send to one place, once; whatever goes wrong is no more than that it was not delivered."""
    apprise = _apprise()
    service = apprise.Apprise()
    try:
        return bool(
            service.add(url)
            and service.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
        )
    except Exception as error:  # noqa: BLE001  # a hundred services, each of whose plugins may fail in its own way
        log.warning("A message was not delivered: %s", redact(type(error).__name__, {url}))
        return False


def _apprise() -> Any:
    import apprise  # only those who want alerts have it

    for name in ("apprise", "urllib3", "requests"):  # they tell URLs
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return apprise
