"""A folder of Prisma 8's: packages that lead from one contract to the next, and named targets."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from hashlib import sha256
from typing import Any

from queries.records import dataclass

APP = "app"
EMPTY = ""  # the contract of a database without anything
PREFIX = "sha256:"  # of hashes before 0.17
METADATA, OPERATIONS = "migration.json", "ops.json"


@dataclass(frozen=True, slots=True)
class Package:
    """A migration: an edge between two contracts.

    `hash` is the one it was planned with; it is `broken` where its files give another one, or
    cannot be read. `operations` is the text of what it runs.
    """

    name: str
    origin: str = EMPTY
    destination: str = EMPTY
    hash: str = ""
    broken: bool = False
    operations: str = field(default="", compare=False, repr=False)

    @classmethod
    def of(cls, name: str, metadata: str | None, operations: str | None) -> "Package":
        try:
            parsed = cls._parsed(name, json.loads(metadata or ""), json.loads(operations or ""))
            return replace(parsed, operations=operations or "")
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls(name, broken=True)

    @classmethod
    def _parsed(cls, name: str, metadata: dict[str, Any], operations: Any) -> "Package":
        recorded = plain(metadata["migrationHash"])
        rest = {key: value for key, value in metadata.items() if key != "migrationHash"}
        computed = hashed([hashed(rest), hashed(operations)])
        return cls(
            name,
            plain(metadata["from"]),
            plain(metadata["to"]),
            recorded,
            broken=computed != recorded,
        )


@dataclass(frozen=True, slots=True)
class Target:
    """A contract by name, and the data migrations that have to be done there."""

    hash: str
    invariants: frozenset[str] = frozenset()

    @classmethod
    def of(cls, text: str) -> "Target | None":
        try:
            content = json.loads(text)
            return cls(plain(content["hash"]), frozenset(map(str, content.get("invariants", ()))))
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


@dataclass(frozen=True, slots=True)
class Space:
    """The packages of the application, or of an extension, and its refs; None cannot be read."""

    packages: tuple[Package, ...] = ()
    refs: Mapping[str, Target | None] = field(default_factory=dict)

    @property
    def sound(self) -> tuple[Package, ...]:
        """Those that an edge can be drawn for."""
        return tuple(each for each in self.packages if each.destination)


@dataclass(frozen=True, slots=True)
class ContractFolder:
    """All spaces by name; `emitted` is the contract that the application was built with.

    `path` is where the application's packages lie.
    """

    spaces: Mapping[str, Space]
    emitted: str | None = None
    path: str | None = None

    @property
    def packages(self) -> tuple[Package, ...]:
        return self.spaces.get(APP, Space()).packages


def plain(contract: object) -> str:
    """Write a hash as the newest versions do; nothing at all is the empty contract.

    | written                   | read as |
    | ------------------------- | ------- |
    | None, "", "empty"         | ""      |
    | "sha256:abc"              | "abc"   |
    | "abc"                     | "abc"   |
    """
    if contract is None or contract == "empty":
        return EMPTY
    if not isinstance(contract, str):
        raise TypeError("a hash is text")
    return contract.removeprefix(PREFIX)


def shortened(contract: str) -> str:
    return contract[:12] if contract != EMPTY else "nothing"


def emitted_hash(texts: Iterable[str]) -> str | None:
    """Read the hash of the emitted contract; None where there is none, or they differ."""
    found = set(filter(None, map(_storage_hash, texts)))
    return found.pop() if len(found) == 1 else None


def _storage_hash(text: str) -> str | None:
    try:
        return plain(json.loads(text)["storage"]["storageHash"])
    except (ValueError, KeyError, TypeError):
        return None


def hashed(value: Any) -> str:
    """Hash as Prisma 8 does: JSON with sorted keys and without blanks."""
    written = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(written.encode("utf-8", "surrogatepass")).hexdigest()
