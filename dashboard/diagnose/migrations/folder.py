"""What a ledger is compared with: a folder of migrations, or the names most environments have."""

from collections.abc import Mapping
from hashlib import sha256

from queries.records import dataclass, settle

NO_PROVIDER = "<PROVIDER NOT FOUND>"


@dataclass(frozen=True, slots=True)
class Script:
    """A migration as the folder has it.

    `checksums` are all those that Prisma takes for its text, None where the text is not known.
    `broken`: the folder has no migration.sql. `typescript`: it has a migration.ts in its place,
    which is for a runner of the team's own.
    """

    name: str
    checksums: frozenset[str] | None = None
    broken: bool = False
    typescript: bool = False

    @classmethod
    def of(cls, name: str, text: bytes | None, *, typescript: bool = False) -> "Script":
        if text is None:
            return cls(name, broken=True, typescript=typescript)
        return cls(name, checksums(text))

    def matches(self, recorded: str) -> bool:
        return self.checksums is None or recorded in self.checksums


@dataclass(frozen=True, slots=True)
class Folder:
    """A migrations folder, in the order Prisma applies it; `provider` is the lock file's.

    The order is that of the bytes, as in Prisma before 6.6. Newer ones sort by JavaScript's
    localeCompare, which is the same for names like 20250925010807_strict and may differ for
    0_init beside 000_init or for names that differ in case only. Nothing but the order of
    applying, the first script to fail and the last common migration depends on it.
    """

    scripts: tuple[Script, ...]
    provider: str | None = None

    def __post_init__(self) -> None:
        # Python compares code points, and UTF-8 keeps their order
        ordered = sorted(self.scripts, key=lambda script: script.name)
        settle(self, "scripts", tuple(ordered))

    @property
    def typescript(self) -> frozenset[str]:
        """Name what is for a runner of the team's own."""
        return frozenset(each.name for each in self.scripts if each.typescript)

    @classmethod
    def of(
        cls,
        texts: Mapping[str, bytes | None],
        lock_file: str | None = None,
        typescript: frozenset[str] = frozenset(),
    ) -> "Folder":
        scripts = tuple(
            Script.of(name, text, typescript=name in typescript) for name, text in texts.items()
        )
        return cls(scripts, None if lock_file is None else provider(lock_file))


@dataclass(frozen=True, slots=True)
class Majority:
    """The names that most of the other environments have applied; their texts are not known."""

    names: tuple[str, ...]

    @property
    def scripts(self) -> tuple[Script, ...]:
        return tuple(Script(name) for name in sorted(self.names))


Reference = Folder | Majority


def matches(recorded: str, text: bytes) -> bool:
    """Say whether Prisma takes the recorded checksum for the one of this migration.sql."""
    return recorded in checksums(text)


def checksums(text: bytes) -> frozenset[str]:
    """Compute what Prisma accepts: the text as it is and with either line ending.

    The text is read as Prisma reads it: as UTF-8, with U+FFFD for what is not, and a byte order
    mark counts. Very old engines wrote every byte without its leading zero.
    """
    read = text.decode("utf-8", "replace")
    variants = (read, read.replace("\r\n", "\n"), read.replace("\n", "\r\n"))
    digests = [sha256(variant.encode("utf-8")).digest() for variant in variants]
    unpadded = ("".join(f"{byte:x}" for byte in digest) for digest in digests)
    return frozenset((*(digest.hex() for digest in digests), *unpadded))


def provider(lock_file: str) -> str:
    """Read the provider from migration_lock.toml as Prisma does: a line, not TOML."""
    lines = (line.removesuffix("\r") for line in lock_file.split("\n"))
    line = next((line for line in lines if line.startswith("provider")), None)
    if line is None:
        return NO_PROVIDER
    while line.startswith("provider = "):
        line = line.removeprefix("provider = ")
    return line.strip('"')
