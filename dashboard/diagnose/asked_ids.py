"""Which of all known ids an environment was asked for: from the front on, of one list for all."""

from collections.abc import Callable, Hashable, Iterable, Sequence

from queries.records import dataclass


class IdList:
    """Ids in the order they became known; it only grows, and by one thread at a time."""

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self._ids: list[str] = []
        self._places: dict[str, int] = {}
        self._renamed: dict[Hashable, IdList] = {}
        for each in ids:
            self._append(each)

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, ids: Iterable[str]) -> None:
        for each in ids:
            if each not in self._places:
                self._append(each)

    def after(self, number: int) -> Sequence[str]:
        """Return what became known after the first so many."""
        return self._ids[number:]

    def place(self, identifier: str) -> int:
        return self._places.get(identifier, len(self._ids))

    def renamed(self, by: Hashable, rename: Callable[[str], str]) -> "IdList":
        """Return the same under other names, which are made once for all who call them so."""
        known = self._renamed.get(by)
        if known is None or len(known) < len(self):
            known = self._renamed[by] = IdList(map(rename, tuple(self._ids)))
        return known

    def _append(self, identifier: str) -> None:
        self._places.setdefault(identifier, len(self._ids))
        self._ids.append(identifier)


@dataclass(frozen=True, slots=True)
class AskedIds:
    """The first so many of a list."""

    ids: IdList
    number: int

    def __contains__(self, identifier: str) -> bool:
        return self.ids.place(identifier) < self.number

    def renamed(self, by: Hashable, rename: Callable[[str], str]) -> "AskedIds":
        return AskedIds(self.ids.renamed(by, rename), self.number)
