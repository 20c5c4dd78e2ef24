"""Regular expressions that are compiled when they are first used.

A command declares hundreds of them, and uses few.
"""

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any


class _Lazy:
    def __init__(self, pattern: str | bytes, flags: int = 0) -> None:
        self.pattern = pattern
        self._flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[Any]:
        return re.compile(self.pattern, self._flags)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._compiled, name)
        setattr(self, name, found)  # from now on it is not asked for here
        return found


if TYPE_CHECKING:
    lazy = re.compile
else:
    lazy = _Lazy
