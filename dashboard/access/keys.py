"""The public keys that a proxy's tokens are verified with, read without anybody waiting for it."""

import json
import logging
import threading
import time
from typing import Any
from urllib.request import Request, urlopen

from queries import patterns

AGAIN_S = 30.0  # for keys that are not known: anybody can name one
OLD_S = 3600.0
TIMEOUT_S = 5.0
MOST_BYTES = 1_000_000
MOST_KEYS = 100
_KEY_ID = patterns.lazy(r"[\w.-]{1,200}")

log = logging.getLogger("dashboard")


class PublishedKeys:
    """Keys by their ids, as an address publishes them: all in one set, or single ones below it."""

    def __init__(self, address: str, *, single: bool) -> None:
        self._address = address
        self._single = single
        self._keys: dict[str, Any] = {}
        self._read_at = float("-inf")
        self._asked_at: dict[str, float] = {}
        self._lock = threading.Lock()
        if not single:
            self._ask("")

    def get(self, key_id: str) -> Any | None:
        """Give what is known; what is not, or is old, is read meanwhile."""
        known = self._keys.get(key_id)
        old = not self._single and time.monotonic() - self._read_at > OLD_S
        if (known is None or old) and _KEY_ID.fullmatch(key_id):
            self._ask(key_id if self._single else "")
        return known

    def _ask(self, what: str) -> None:
        with self._lock:
            now = time.monotonic()
            self._asked_at = {each: at for each, at in self._asked_at.items() if now - at < AGAIN_S}
            if what in self._asked_at or len(self._asked_at) >= MOST_KEYS:
                return
            self._asked_at[what] = now
        threading.Thread(target=self._read, args=(what,), daemon=True).start()

    def _read(self, what: str) -> None:
        try:
            self._take_in(what, _fetched(f"{self._address}/{what}" if what else self._address))
        except (OSError, ValueError, LookupError, TypeError) as error:
            log.warning("The keys of the proxy's tokens were not read: %s.", type(error).__name__)

    def _take_in(self, what: str, content: bytes) -> None:
        if what:
            from cryptography.hazmat.primitives.serialization import load_pem_public_key

            if len(self._keys) >= MOST_KEYS:
                self._keys.clear()
            self._keys[what] = load_pem_public_key(content)
            return
        from jwt import PyJWK, PyJWTError

        found: dict[str, Any] = {}
        for each in json.loads(content)["keys"]:
            try:
                found[str(each["kid"])] = PyJWK(each).key
            except (PyJWTError, LookupError, TypeError):
                continue  # of a kind that nobody signs with here
        self._keys, self._read_at = found, time.monotonic()


def _fetched(address: str) -> bytes:
    with urlopen(Request(address), timeout=TIMEOUT_S) as answer:  # noqa: S310  # as configured
        content: bytes = answer.read(MOST_BYTES)
    return content
