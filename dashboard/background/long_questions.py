"""Questions of pending migrations that take long on large tables: asked once, on demand."""

import logging
import threading

from dashboard.background.periodic_task import PeriodicTask
from dashboard.collect.rehearsing import Rehearser
from dashboard.diagnose.migrations.schema.rehearsed import Rehearsed
from dashboard.environments import Environment

log = logging.getLogger(__name__)


class LongQuestions:
    """One environment's at a time; what they answer is in its next rehearsal."""

    def __init__(self, rehearser: Rehearser, rehearsals: PeriodicTask[Rehearsed]) -> None:
        self._rehearser = rehearser
        self._rehearsals = rehearsals
        self._asking: set[Environment] = set()
        self._changed = threading.Condition()

    def running(self, environment: Environment) -> bool:
        with self._changed:
            return environment in self._asking

    def start(self, environment: Environment) -> None:
        """Start to ask what took too long, unless that is being done."""
        with self._changed:
            if environment in self._asking:
                return
            self._asking.add(environment)
        threading.Thread(target=self._run, args=(environment,), daemon=True).start()

    def wait_until_idle(self, environment: Environment, timeout_s: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: environment not in self._asking, timeout_s)

    def _run(self, environment: Environment) -> None:
        try:
            self._rehearser.ask_patiently(environment)
            self._rehearsals.refresh_now(environment)
        except Exception:
            log.exception("%s could not be asked what takes long.", environment.name)
        finally:
            with self._changed:
                self._asking.discard(environment)
                self._changed.notify_all()
