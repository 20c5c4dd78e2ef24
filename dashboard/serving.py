"""What all sessions share: settings, collector and snapshots, renewed when the file changes."""

import contextlib
import logging
import threading
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from dashboard.background.rounds import Rounds
from dashboard.background.snapshots import Beside, Snapshots
from dashboard.collect.collector import Collector
from dashboard.collect.failures import sources
from dashboard.collect.failures.sources import Failures, of_all, of_health
from dashboard.collect.orphans import hunt as orphan_hunt
from dashboard.collect.orphans.hunt import hunt
from dashboard.diagnose.orphans import Orphans
from dashboard.history import History, Place
from dashboard.settings import Settings, SettingsError, load_configured, project_folder

LOOK_EVERY_S = 1.0

log = logging.getLogger("dashboard")


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served; `history` is None where none is to be kept.

    `problems`: why the file as it is now could not be used; what it said before holds.
    """

    settings: Settings
    collector: Collector
    snapshots: Snapshots
    orphans: Rounds[Orphans]
    failures: Rounds[Failures]
    history: History | None = None
    problems: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[Place, ...]:
        """Name the environments as the history knows them."""
        return tuple(Place(name, each.place) for name, each in self.settings.databases.items())


@dataclass(slots=True)
class _Held:
    serving: Serving | None = None
    stamp: tuple[int, int, int] | None = None
    looked: float = float("-inf")


_held = _Held()
_lock = threading.Lock()


def current() -> Serving:
    """Return what is served; raise SettingsError where nothing can be."""
    with _lock:
        if _held.serving is None or _file_changed(_held.serving.settings):
            _renew()
        if _held.serving is None:
            raise AssertionError("renewing raises where there is nothing to serve")
        return _held.serving


def stop() -> None:
    with _lock:
        if _held.serving:
            _close(_held.serving)
        _held.serving = None


def redact(text: str) -> str:
    """Take the secrets of the settings out of a text; never waits."""
    serving = _held.serving
    return serving.settings.redact(text) if serving else text


def _renew() -> None:
    before = _held.serving
    try:
        settings = _loaded(before)
    except SettingsError as error:
        if before is None:
            raise
        log.warning("The changed configuration is not used: %s", " ".join(error.problems))
        _held.serving = replace(before, problems=error.problems)
        return
    _held.stamp = _stamp(settings)
    _held.serving = _served(settings)
    _start(_held.serving)
    if before:
        log.info("The changed configuration is used from now on.")
        threading.Thread(target=_close, args=(before,), daemon=True).start()


def _served(settings: Settings) -> Serving:
    collector, places = Collector(settings), settings.environments
    orphans = Rounds("orphans", places, partial(hunt, collector), orphan_hunt.EVERY_S)
    failures = Rounds("failures", places, lambda: of_all(collector, of_health()), sources.EVERY_S)
    history = History(settings.history) if settings.history else None
    snapshots = Snapshots(collector, history, _beside(settings, orphans, failures))
    return Serving(settings, collector, snapshots, orphans, failures, history)


def _beside(settings: Settings, orphans: Rounds[Orphans], failures: Rounds[Failures]) -> Beside:
    """Let Health and the history know what is asked less often."""
    return Beside(
        findings=lambda environment: sources.findings(failures[environment], settings),
        measures=lambda environment: (
            *orphan_hunt.measures(orphans[environment]),
            *sources.measures(failures[environment]),
        ),
    )


def _start(serving: Serving) -> None:
    serving.snapshots.start()
    serving.orphans.start()
    serving.failures.start()


def _loaded(before: Serving | None) -> Settings:
    """Read the settings; a file that is just being written names no environment."""
    settings = load_configured()
    if before and before.settings.databases and not settings.databases:
        raise SettingsError("The configuration names no environment any more.")
    return settings


def _close(serving: Serving) -> None:
    serving.snapshots.close()
    serving.orphans.close()
    serving.failures.close()
    serving.collector.close()


def _file_changed(settings: Settings) -> bool:
    """Look at the file at most once a second; what a look found is remembered."""
    if time.monotonic() - _held.looked < LOOK_EVERY_S:
        return False
    _held.looked = time.monotonic()
    stamp = _stamp(settings)
    changed = stamp != _held.stamp
    _held.stamp = stamp
    return changed


def _stamp(settings: Settings) -> tuple[int, int, int] | None:
    path = settings.source or project_folder() / ".streamlit" / "secrets.toml"
    with contextlib.suppress(OSError):
        seen = Path(path).stat()
        return seen.st_mtime_ns, seen.st_ino, seen.st_size
    return None
