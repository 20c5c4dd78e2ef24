"""Reads a paste: errors and ids first, then what kind of paste it was."""

from dashboard.diagnose.paste import id_candidates, ids, sentences, urls
from dashboard.diagnose.paste.cleaning import folded, plain
from dashboard.diagnose.paste.errors import error_of
from dashboard.diagnose.paste.names import singular
from dashboard.diagnose.paste.record import Record
from dashboard.diagnose.paste.records import cut
from dashboard.diagnose.paste.values import Paste, PastedError, PastedId, Problem

MOST_CHARACTERS = 100_000
HEAD = 20_000  # of a longer text; the rest is its end, where a log has its error
ABOUT_A_PARENT = (Problem.MISSING_PARENT, Problem.STILL_REFERENCED, Problem.FOREIGN_KEY)
Pair = tuple[Record, PastedError | None]


def read(text: str, parent: str = "project") -> Paste:
    """Say what is in a text; `parent` is what the application calls the thing looked up.

    Of a text of many characters the middle is left out, unless it is a list or a table of ids.
    """
    truncated, wanted = len(text) > MOST_CHARACTERS, singular(parent)
    if listed := ids.of_plain_list(plain(text), wanted):
        return Paste("ids", (), listed)
    paste = _read(plain(_bounded(text)), wanted, truncated=truncated)
    if not truncated or any(error.understood for error in paste.errors):
        return paste
    return _long(plain(text), wanted, paste.errors) or paste


def _long(shown: str, wanted: str, errors: tuple[PastedError, ...]) -> Paste | None:
    """Read a long text of no known error as a list or a table, down to its last line."""
    found = ids.of_lines(shown, wanted)
    lines = sum(bool(line.strip()) for line in shown.split("\n"))
    notes = (f"{lines:,} lines, with {len(found):,} different IDs in them",)
    return Paste("ids", errors, found, notes=notes) if found else None


def _bounded(text: str) -> str:
    """Leave out the middle of a text that is too long to be read whole."""
    if len(text) <= MOST_CHARACTERS:
        return text
    return f"{text[:HEAD]}\n{text[HEAD - MOST_CHARACTERS + 1 :]}"


def _read(shown: str, wanted: str, *, truncated: bool) -> Paste:
    if address := urls.whole(shown, wanted):
        in_url = (address.id,) if address.id else ()
        return Paste("url", (), in_url, address.host, truncated, _notes(truncated, in_url))
    if not folded(shown).strip():
        return Paste("empty", truncated=truncated, notes=_notes(truncated, ()))
    read = tuple((record, error_of(record)) for record in cut(shown))
    pairs = tuple((record, error if error and error.understood else None) for record, error in read)
    found = ids.collect(shown, pairs, wanted)
    errors = _errors(read, tuple(each.text for each in found))
    return Paste(
        _kind(tuple(each for each in errors if each.understood), found),
        errors,
        found,
        _host(shown, pairs, wanted),
        truncated,
        _notes(truncated, found),
    )


def _errors(read: tuple[Pair, ...], asked: tuple[str, ...]) -> tuple[PastedError, ...]:
    """Take what is understood before what is not, but where each is of an id of its own.

    What is said of the parent of an id goes first. What only follows from an earlier error is left
    out, where that is in the text, too.
    """
    where: dict[PastedError, Record] = {}
    for record, error in read:
        if error:
            where.setdefault(error, record)
    errors = [each for each in where if not _follows(where[each], each)] or list(where)
    known = [each for each in errors if each.understood]
    known.sort(key=lambda each: not _is_about(each, asked))
    unknown = [each for each in errors if not each.understood]
    one_each = len(asked) > 1 and all(each.key is not None for each in known)
    taken = (*known, *unknown) if one_each else known or unknown
    return tuple(sentences.named(where[each], each) for each in taken)


def _follows(record: Record, error: PastedError) -> bool:
    """Whether PostgreSQL refused a statement only because one before it had failed."""
    return error.sqlstate == "25P02" or "current transaction is aborted" in record.text


def _is_about(error: PastedError, asked: tuple[str, ...]) -> bool:
    return error.problem in ABOUT_A_PARENT and error.key in (None, *asked)


def _kind(errors: tuple[PastedError, ...], found: tuple[PastedId, ...]) -> str:
    if errors:
        return errors[0].problem.value
    return ("text", "id")[len(found)] if len(found) < 2 else "ids"


def _host(shown: str, pairs: tuple[Pair, ...], wanted: str) -> str | None:
    named = [urls.unreached_host(folded(shown))]
    for record, error in pairs:
        if error and error.problem is Problem.CONNECTION:
            named.append(record.first("host", "database_host"))
    named.extend(url.host for url in urls.find(id_candidates.without_frames(shown), wanted))
    return next(filter(None, named), None)


def _notes(truncated: bool, found: tuple[PastedId, ...]) -> tuple[str, ...]:
    said = (
        (truncated, f"read only {MOST_CHARACTERS:,} characters, from the beginning and the end"),
        (not found, "no ID was found in the text"),
    )
    return tuple(words for true, words in said if true)
