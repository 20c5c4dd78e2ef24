"""Receives alerts, as a webhook that takes them, and may kill whoever tells."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.benchmarks.serving import Served


@dataclass(frozen=True, slots=True)
class Told:
    at: float
    title: str
    message: str
    key: str


@dataclass
class Inbox:
    """`victims` are processes of which the one that tells is killed before it knows that it did."""

    told: list[Told] = field(default_factory=list)
    victims: list[Served] = field(default_factory=list)
    killed: list[Served] = field(default_factory=list)
    port: int = 0

    @property
    def titles(self) -> list[str]:
        return [each.title for each in self.told]

    def take(self, told: Told, port: int) -> bool:
        """Say whether it is still there to be answered."""
        self.told.append(told)
        for each in self.victims:
            if port in {found.laddr.port for found in each.process.net_connections()}:
                self.victims.clear()
                each.process.kill()
                self.killed.append(each)
                return False
        return True


@contextlib.contextmanager
def receiving() -> Iterator[Inbox]:
    inbox = Inbox()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
            key = self.headers["Idempotency-Key"]
            told = Told(time.time(), sent["title"], sent["message"], key)
            if inbox.take(told, self.client_address[1]):
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        inbox.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield inbox
        finally:
            server.shutdown()
