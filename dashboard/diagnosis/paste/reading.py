"""Reads a paste: errors and ids first, then what kind of paste it was."""

from dashboard.diagnosis.paste import ids, mentions, urls
from dashboard.diagnosis.paste.cleaning import folded, plain
from dashboard.diagnosis.paste.errors import error_of
from dashboard.diagnosis.paste.names import singular
from dashboard.diagnosis.paste.record import Record
from dashboard.diagnosis.paste.records import cut
from dashboard.diagnosis.paste.values import Paste, PastedError, PastedId, Problem

MOST_CHARACTERS = 100_000
HEAD = 20_000  # of a longer text; the rest is its end, where a log has its error
Pair = tuple[Record, PastedError | None]


def read(text: str, parent: str = "project") -> Paste:
    """Say what is in a text; `parent` is what the application calls the thing looked up."""
    truncated = len(text) > MOST_CHARACTERS
    shown, wanted = plain(_bounded(text)), singular(parent)
    address = urls.whole(shown, wanted)
    if address:
        found = (address.id,) if address.id else ()
        return Paste("url", (), found, address.host, truncated, _notes(truncated, found))
    return _read(shown, wanted, truncated=truncated)


def _bounded(text: str) -> str:
    """Leave out the middle of a text that is too long to be read whole."""
    if len(text) <= MOST_CHARACTERS:
        return text
    return f"{text[:HEAD]}\n{text[HEAD - MOST_CHARACTERS + 1 :]}"


def _read(shown: str, wanted: str, *, truncated: bool) -> Paste:
    if not folded(shown).strip():
        return Paste("empty", truncated=truncated, notes=_notes(truncated, ()))
    pairs = tuple((record, error_of(record)) for record in cut(shown))
    errors = tuple(dict.fromkeys(error for _, error in pairs if error))
    found = ids.collect(shown, pairs, wanted)
    return Paste(
        _kind(errors, found),
        errors,
        found,
        _host(shown, pairs, wanted),
        truncated,
        _notes(truncated, found),
    )


def _kind(errors: tuple[PastedError, ...], found: tuple[PastedId, ...]) -> str:
    if errors:
        return errors[0].problem.value
    return ("text", "id")[len(found)] if len(found) < 2 else "ids"


def _host(shown: str, pairs: tuple[Pair, ...], wanted: str) -> str | None:
    named = [urls.unreached_host(folded(shown))]
    for record, error in pairs:
        if error and error.problem is Problem.CONNECTION:
            named.append(record.first("host", "database_host"))
    named.extend(url.host for url in urls.find(mentions.without_frames(shown), wanted))
    return next(filter(None, named), None)


def _notes(truncated: bool, found: tuple[PastedId, ...]) -> tuple[str, ...]:
    said = (
        (truncated, f"read only {MOST_CHARACTERS:,} characters, from the beginning and the end"),
        (len(found) == ids.MOST_IDS, f"read only the first {ids.MOST_IDS:,} IDs"),
        (not found, "no ID was found in the text"),
    )
    return tuple(words for true, words in said if true)
