"""Reads a paste: errors and ids first, then what kind of paste it was."""

from dataclasses import replace

from dashboard.diagnose.paste import id_candidates, ids, sentences, typed, urls
from dashboard.diagnose.paste.cleaning import folded, plain
from dashboard.diagnose.paste.errors import error_of
from dashboard.diagnose.paste.record import Record
from dashboard.diagnose.paste.records import cut
from dashboard.diagnose.paste.sought import Sought
from dashboard.diagnose.paste.values import (
    FOREIGN_KEY_PROBLEMS,
    Paste,
    PastedError,
    PastedId,
    Problem,
)
from dashboard.diagnose.paste.wrapping import unwrapped

MOST_CHARACTERS = 100_000
HEAD = 20_000  # of a longer text; the rest is its end, where a log has its error
USUAL = Sought("deployments_projectId_fkey")
Pair = tuple[Record, PastedError | None]
Errors = list[tuple[Record, PastedError]]


def read(text: str, sought: Sought = USUAL) -> Paste:
    """Say what is in a text, and whose id is in it, of the relationship that is sought.

    Of a text of many characters the middle is left out, unless it is a list or a table of ids.
    """
    if found := typed.alone(text):  # as most are, and nothing else need be tried
        return Paste("id", (), (found,))
    truncated = len(text) > MOST_CHARACTERS
    if listed := ids.of_plain_list(plain(text), sought):
        return Paste("ids", (), listed)
    shown = unwrapped(plain(_bounded(text)))
    paste = _read(shown, sought, truncated=truncated)
    if not paste.ids and paste.constraint not in (None, sought.constraint):
        # the error is about another relationship: its id is that of what it says is missing
        paste = _read(shown, Sought(str(paste.constraint)), truncated=truncated)
    if not truncated or any(error.understood for error in paste.errors):
        return paste
    return _long(plain(text), sought, paste.errors) or paste


def _long(shown: str, sought: Sought, errors: tuple[PastedError, ...]) -> Paste | None:
    """Read a long text of no known error as a list or a table, down to its last line."""
    found = ids.of_lines(shown, sought)
    lines = sum(bool(line.strip()) for line in shown.split("\n"))
    notes = (f"{lines:,} lines, with {len(found):,} different IDs in them",)
    return Paste("ids", errors, found, notes=notes) if found else None


def _bounded(text: str) -> str:
    """Leave out the middle of a text that is too long to be read whole."""
    if len(text) <= MOST_CHARACTERS:
        return text
    return f"{text[:HEAD]}\n{text[HEAD - MOST_CHARACTERS + 1 :]}"


def _read(shown: str, sought: Sought, *, truncated: bool) -> Paste:
    if address := urls.whole(shown, sought):
        in_url = (address.id,) if address.id else ()
        return Paste("url", (), in_url, address.host, truncated, _notes(truncated, in_url))
    if not folded(shown).strip():
        return Paste("empty", truncated=truncated, notes=_notes(truncated, ()))
    read = tuple((record, error_of(record)) for record in cut(shown))
    found = ids.collect(shown, read, sought)
    asked = tuple(each.text for each in found.ids)
    errors = _errors(_with_ids(read, found.own), asked)
    return Paste(
        _kind(errors, found.ids),
        errors,
        found.ids,
        _host(shown, read, sought),
        truncated,
        _notes(truncated, found.ids),
        found.mentioned,
    )


def _with_ids(read: tuple[Pair, ...], own: tuple[tuple[str, ...], ...]) -> Errors:
    """Take each error once, with the ids of all its records, those that have any first."""
    where: dict[PastedError, tuple[Record, dict[str, None]]] = {}
    for (record, error), texts in zip(read, own, strict=True):
        if error:
            where.setdefault(error, (record, {}))[1].update(dict.fromkeys(texts))
    once = [(record, replace(error, ids=tuple(texts))) for error, (record, texts) in where.items()]
    return sorted(once, key=lambda each: not each[1].ids)


def _errors(read: Errors, asked: tuple[str, ...]) -> tuple[PastedError, ...]:
    """Take what is understood before what is not, but where each is of an id of its own.

    What is said of the parent of an id goes first. What only follows from an earlier error is left
    out, where that is in the text, too.
    """
    errors = [each for each in read if not _follows(*each)] or read
    known = [each for each in errors if each[1].understood]
    known.sort(key=lambda each: not _is_about(each[1], asked))
    unknown = [each for each in errors if not each[1].understood]
    one_each = len(asked) > 1 and all(error.key is not None for _, error in known)
    taken = (*known, *unknown) if one_each else known or unknown
    return tuple(sentences.named(record, error) for record, error in taken)


def _follows(record: Record, error: PastedError) -> bool:
    """Whether PostgreSQL refused a statement only because one before it had failed."""
    return error.sqlstate == "25P02" or "current transaction is aborted" in record.text


def _is_about(error: PastedError, asked: tuple[str, ...]) -> bool:
    of_an_id = bool(error.ids) or error.key in (None, *asked)
    return error.problem in FOREIGN_KEY_PROBLEMS and of_an_id


def _kind(errors: tuple[PastedError, ...], found: tuple[PastedId, ...]) -> str:
    if errors and errors[0].understood:
        return errors[0].problem.value
    return ("text", "id")[len(found)] if len(found) < 2 else "ids"


def _host(shown: str, pairs: tuple[Pair, ...], sought: Sought) -> str | None:
    named = [urls.unreached_host(folded(shown))]
    for record, error in pairs:
        if error and error.problem is Problem.CONNECTION:
            named.append(record.first("host", "database_host"))
    named.extend(url.host for url in urls.find(id_candidates.without_frames(shown), sought))
    return next(filter(None, named), None)


def _notes(truncated: bool, found: tuple[PastedId, ...]) -> tuple[str, ...]:
    said = (
        (truncated, f"read only {MOST_CHARACTERS:,} characters, from the beginning and the end"),
        (not found, "no ID was found in the text"),
    )
    return tuple(words for true, words in said if true)
