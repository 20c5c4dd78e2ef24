"""Prisma 8's packages as they lie on the disk: the application's, those of extensions, and refs."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from stat import S_ISREG

from dashboard.diagnose.migrations.contract.packages import (
    APP,
    METADATA,
    OPERATIONS,
    ContractFolder,
    Package,
    Space,
    Target,
    emitted_hash,
)

REFS = "refs"
# where Prisma 8 emits the contract to, below the folder that has `migrations`
EMITTED = ("src/prisma/contract.json", "prisma/contract.json", "contract.json")

Stamp = tuple[int, int, int]  # differs once a file was written to
Stamped = tuple[tuple[str, Stamp], ...]


def files(spaces: Sequence[str]) -> Iterator[str]:
    """Name all files that may say something of contracts."""
    for space in spaces:
        yield from _files_of_space(space)
    for root in dict.fromkeys(Path(space).parent.parent for space in spaces):
        yield from (f"{root}/{each}" for each in EMITTED)


def _files_of_space(space: str) -> Iterator[str]:
    for name, path in _folders(space):
        if name != REFS:
            yield from (f"{path}/{METADATA}", f"{path}/{OPERATIONS}")
            continue
        with os.scandir(path) as refs:
            yield from sorted(each.path for each in refs if each.name.endswith(".json"))


def _folders(path: str) -> list[tuple[str, str]]:
    with os.scandir(path) as found:
        return sorted((each.name, each.path) for each in found if each.is_dir())


def contract(spaces: Sequence[str], texts: Mapping[str, str]) -> ContractFolder | None:
    """Make of the texts what they say; None where there is no folder of Prisma 8's."""
    if not spaces:
        return None
    emitted = [text for path, text in texts.items() if path.endswith("/contract.json")]
    named = {_space_name(space): _space(space, texts) for space in spaces}
    return ContractFolder(named, emitted_hash(emitted), f"{Path(spaces[0]).parent}/{APP}")


def _space_name(path: str) -> str:
    """Take its folder's name; older versions kept the application's directly in `migrations`."""
    name = Path(path).name
    return APP if name == "migrations" else name


def _space(space: str, texts: Mapping[str, str]) -> Space:
    own = {Path(path): text for path, text in texts.items() if path.startswith(f"{space}/")}
    holding = {path.parent for path in own if path.name in (METADATA, OPERATIONS)}
    packages = (
        Package.of(each.name, own.get(each / METADATA), own.get(each / OPERATIONS))
        for each in sorted(holding)
    )
    refs = {path.stem: Target.of(text) for path, text in own.items() if path.parent.name == REFS}
    return Space(tuple(packages), refs)


def stamped(paths: Iterable[str]) -> Stamped:
    stamps = ((path, stamp_of(path)) for path in paths)
    return tuple((path, stamp) for path, stamp in stamps if stamp)


def stamp_of(path: str) -> Stamp | None:
    """Return what differs once a file was written to; None where there is no file."""
    try:
        seen = os.stat(path)  # noqa: PTH116  # a thousand of Path take four times as long
    except (FileNotFoundError, NotADirectoryError):
        return None
    return (seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size) if S_ISREG(seen.st_mode) else None
