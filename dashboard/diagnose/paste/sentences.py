"""Finds errors that no wording here is known of, and names any error in the words of its text."""

import re
from dataclasses import replace

from dashboard.diagnose.paste.cleaning import folded, sendable
from dashboard.diagnose.paste.error_patterns import HEADLINE
from dashboard.diagnose.paste.record import Leaf, Record
from dashboard.diagnose.paste.subjects import of as about
from dashboard.diagnose.paste.values import PastedError, Problem
from dashboard.redaction import redact
from queries import patterns

LONGEST = 200
_SAID = r"(?P<said>[^\n]{1,4000})"  # longer than what is shown: secrets are taken out before
_LABELS = "ERROR|FATAL|PANIC"
_OF_POSTGRES = patterns.lazy(rf"(?<!\w)(?:{_LABELS}): {{2}}(?:[0-9A-Z]{{5}}: )?{_SAID}")
_LABELLED = patterns.lazy(rf"(?<!\w)(?:{_LABELS}): {_SAID}")
_OF_PRISMA = patterns.lazy(
    r"PrismaClient\w{1,40}Error(?=\W{0,3}[:\n{])|Invalid [^\n]{1,300} invocation"
)
# the message stands below the call, behind an empty line or behind its line in the source
_BELOW_A_CALL = patterns.lazy(
    r"invocation(?:[^\n]*\n){1,60}?(?:[ \t]*|→[^\n]*)\n(?P<said>[A-Z][^\n]{7,4000})"
)
_RAISED = patterns.lazy(
    r"(?<![\w.])(?<!no )(?<!last )(?:[\w.$:]{0,120}(?:Error|Exception)|error)"
    rf"(?: \[[\w.-]{{1,60}}\])?:\s{{1,9}}{_SAID}"
)
_LEVELLED = patterns.lazy(
    r"(?<!\w)level=\"?(?i:error|fatal|panic|crit)"
    r"|\[(?i:error|fatal|crit(?:ical)?|alert|emerg|panic)\]"
    r"|(?m:^[^\n\"{]{0,60}?(?<![\w=-])(?:ERROR|FATAL|CRITICAL|SEVERE)(?=[\s\]|:]))"
)
_FAILED = patterns.lazy(
    r"(?<!\w)(?:E(?:CONNREFUSED|CONNRESET|TIMEDOUT|NOTFOUND|AI_AGAIN|PIPE|HOSTUNREACH)|OOMKilled)"
    r"(?!\w)|(?<!\w)(?:pq|error returned from database): |(?<!\w)PG::[A-Z]\w{1,60}: "
    r"|(?:psycopg2?|asyncpg)[\w.]{0,60}\.[A-Z]\w{1,60}: "
    r"|Connection terminated|opening a TLS connection|panicked at|Segmentation fault"
)
_NOTHING = patterns.lazy(r"(?i)\W*(?:(?:none|null|nil|undefined|false|no|0)\b|$)")
_MESSAGES = (
    "originalMessage",
    "errorMessage",
    "message",
    "msg",
    "textPayload",
    "why",
    "error",
    "err",
)
_GRAVE = {"error", "err", "fatal", "panic", "critical", "crit", "alert", "emergency", "emerg"} | {
    "severe", "50", "60",  # pino: 50 is error, 60 is fatal
}  # fmt: skip
_LEVELS = ("level", "lvl", "@l", "severity", "severityText", "error_severity", "levelname")
_OBJECTS = (
    r"argument|class|column|constraint|database|domain|enum|extension|field|file|function|index"
    r"|migration|model|operator|policy|relation|role|schema|sequence|server at|table|trigger|type"
    r"|user|view|fields: \(|constraint:|column:|on the constraint:"
)
# what is quoted is shown only as the name of something: anything else may be a row's value
_QUOTED = patterns.lazy(
    rf"(?P<kept>(?:{_OBJECTS}) ?(?:\"[^\"]{{1,130}}\"|`[^`]{{1,130}}`|'[^']{{1,130}}')"
    r"|(?<=`:)`[0-9]{1,5}`)"
    r"|\"[^\n]*\"|\"[^\n]*|(?<!\w)'[^\n]*?'(?!\w)|`[^`\n]*`"
)
_ROW = patterns.lazy(r"(?<=\)=\().*")
_BELOW = patterns.lazy(r"\s(?:DETAIL|HINT|CONTEXT|STATEMENT|QUERY|WHERE):.*")
_ADDRESS = patterns.lazy(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,9}")
_CODE = patterns.lazy(
    r"P[1-6][0-9]{3}(?::\s*|$)|\W{0,4}(?:MIGRATION|CONTRACT|ORM)\.[A-Z_]{3,60}\W{0,2}(?:\s|$)"
)


def kind_of_unknown(record: Record, text: str, *, coded: bool) -> Problem | None:
    """Tell an error that no wording is known of; None where the text holds none.

    | a code or the way of PostgreSQL or Prisma | something raised or logged | kind     |
    | ----------------------------------------- | -------------------------- | -------- |
    | yes                                       | any                        | DATABASE |
    | no                                        | yes                        | OTHER    |
    | no                                        | no                         | None     |
    """
    if coded or _OF_POSTGRES.search(text) or _OF_PRISMA.search(text):
        return Problem.DATABASE
    found = (found["said"] for each in (_RAISED, _LABELLED) for found in each.finditer(text))
    raised = any(map(_tells, found)) or _LEVELLED.search(text) or _FAILED.search(text)
    return (
        Problem.OTHER if raised or any(map(_is_error, record.leaves)) or _logged(record) else None
    )


def _tells(said: str) -> bool:
    return _NOTHING.match(said) is None


def _is_error(leaf: Leaf) -> bool:
    """Whether a value in JSON is called an error, as in an API's answer."""
    inside = leaf.parent.removesuffix("[]") in ("error", "errors", "err")
    named = leaf.key in ("error", "err", "errorMessage") or (inside and leaf.key == "message")
    return named and _tells(leaf.value)


def _logged(record: Record) -> bool:
    """Whether an entry of a log, which has a message, is of an error's level."""
    outer = (leaf for leaf in record.leaves if leaf.key in _LEVELS and not leaf.above)
    grave = any(leaf.value.lower() in _GRAVE for leaf in outer)
    return grave and record.first(*_MESSAGES) is not None


def named(record: Record, error: PastedError) -> PastedError:
    """Add the sentence that says most of what went wrong, and what that is about."""
    text = folded(record.text)
    said = _sentence(record, text)
    return replace(error, sentence=sendable(said) if said else None, about=about(error, text))


def _sentence(record: Record, text: str) -> str | None:
    for pattern in (_OF_POSTGRES, _BELOW_A_CALL, _LABELLED, _RAISED):
        found = pattern.search(text)
        if found and (shown := _shown(found["said"])):
            return shown
    said = record.first(*_MESSAGES)
    found = HEADLINE.search(text) or (None if said else _FAILED.search(text))
    if headline := found or (None if said else _LEVELLED.search(text)):
        start, end = text.rfind("\n", 0, headline.start()) + 1, text.find("\n", headline.end())
        line = _shown(text[start:] if end < 0 else text[start:end])
        return line or (_shown(said) if said else None)
    return _shown(said) if said else None


def _shown(said: str) -> str | None:
    """Show a line of it without secrets, addresses, and values that may be of a row."""
    line = _CODE.sub("", _BELOW.sub("", said.strip().partition("\n")[0]), 1)
    for pattern, shown in ((_ROW, "…"), (_QUOTED, _kept), (_ADDRESS, "…")):
        line = pattern.sub(shown, redact(line, ()))
    line = line[:LONGEST].strip(" .,;\\")
    return line if re.search(r"\w\w", line) else None


def _kept(found: re.Match[str]) -> str:
    return found["kept"] or '"…"'
