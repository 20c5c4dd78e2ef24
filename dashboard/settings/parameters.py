"""libpq's keywords for one database, safe to print."""

from collections.abc import Iterator, Mapping


class Parameters(Mapping[str, str]):
    """Never shows a value: one of them is the password."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __getitem__(self, keyword: str) -> str:
        return self._values[keyword]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return f"Parameters({', '.join(self._values)})"
