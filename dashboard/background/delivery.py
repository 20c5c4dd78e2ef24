"""Messages by Apprise, which is an extra: its URLs are secrets, and nothing of it is logged."""

import logging
from collections.abc import Iterator
from typing import Any

from dashboard.redaction import redact
from dashboard.settings.alerts import Alerts

EXTRA = (
    "[alerts] needs an extra, from requirements-extra.txt: `./run alert --test` installs it, and "
    "`docker build --build-arg REQUIREMENTS=requirements-extra.txt` an image that has it."
)
WEBHOOKS = ("json", "xml", "form")

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


def deliver(url: str, title: str, body: str, key: str) -> bool:
    """Send to one place, once; whatever goes wrong is no more than that it was not delivered.

    The `key` is the same for the same message, for those who tell by one that they have it.
    """
    apprise = _apprise()
    services = apprise.Apprise()
    try:
        if not services.add(url):
            return False
        for each in services:
            _name(each, key)
        return bool(services.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT))
    except Exception as error:  # noqa: BLE001  # a hundred services, each of whose plugins may fail in its own way
        log.warning("A message was not delivered: %s", redact(type(error).__name__, {url}))
        return False


def _name(service: Any, key: str) -> None:
    """Give a message its key, unless the URL has one: then it groups, and does so differently."""
    if getattr(service, "dedup", key) is None and service.action == "trigger":
        service.dedup = key  # incidents, as at PagerDuty
    if service.protocol in WEBHOOKS:
        service.headers.setdefault("Idempotency-Key", key)


def _apprise() -> Any:
    import apprise  # only those who want alerts have it

    for name in ("apprise", "urllib3", "requests"):  # they tell URLs
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return apprise
