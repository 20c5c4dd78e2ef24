"""Streamlit's scripts and styles: each changed and compressed once, when it is first asked for."""

import gzip
import threading
from collections.abc import Mapping
from pathlib import Path

from dashboard.frontend import mends

TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


class Files:
    """By their paths below the folder, with slashes."""

    def __init__(self, folder: Path) -> None:
        found = (each for each in folder.rglob("*") if each.suffix in TYPES)
        self._paths: Mapping[str, Path] = {
            each.relative_to(folder).as_posix(): each for each in found
        }
        self._zipped: dict[str, bytes] = {}
        self._once = threading.Lock()

    def __contains__(self, name: str) -> bool:
        return name in self._paths

    def media_type(self, name: str) -> str:
        return TYPES[self._paths[name].suffix]

    def plain(self, name: str) -> bytes:
        path = self._paths[name]
        content = path.read_bytes()
        if any(mends.of(path.name)):
            return mends.applied(path.name, content.decode()).encode()
        return content

    def zipped(self, name: str) -> bytes:
        with self._once:
            if name not in self._zipped:
                self._zipped[name] = gzip.compress(self.plain(name), mtime=0)
            return self._zipped[name]
