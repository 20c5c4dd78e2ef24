"""Names an error in the words of its own text, also one that is not known here."""

import re
from dataclasses import replace

from dashboard.diagnosis.paste.cleaning import folded, sendable
from dashboard.diagnosis.paste.record import Record
from dashboard.diagnosis.paste.values import PastedError, Problem
from dashboard.diagnosis.paste.wordings import HEADLINE
from dashboard.redaction import redact

LONGEST = 200
_LABELS = (
    "ERROR|FATAL|PANIC|FEHLER|ERREUR|ERRORE|ERRO|FEL|HATA|CHYBA|BŁĄD|ОШИБКА|ПОМИЛКА|エラー|错误"
    "|錯誤|오류"
)
_OF_POSTGRES = re.compile(
    rf"(?<!\w)(?:{_LABELS}): {{2}}(?:[0-9A-Z]{{5}}: )?(?P<said>[^\n]{{1,400}})"
)
_LABELLED = re.compile(rf"(?<!\w)(?:{_LABELS}): (?P<said>[^\n]{{1,400}})")
_OF_PRISMA = re.compile(r"PrismaClient\w{1,40}Error|Invalid [^\n]{1,300} invocation")
# the message stands below the call, behind an empty line or behind its line in the source
_BELOW_A_CALL = re.compile(
    r"invocation(?:[^\n]*\n){1,60}?(?:[ \t]*|→[^\n]*)\n(?P<said>[A-Z][^\n]{7,400})"
)
_RAISED = re.compile(
    r"(?<![\w.])(?:[\w.$:]{0,120}(?:Error|Exception)|error)(?: \[[\w.-]{1,60}\])?: "
    r"{1,3}(?P<said>[^\n]{1,400})"
)
_CODE = re.compile(r"(?:P[1-6][0-9]{3})(?::\s*|$)")
_MESSAGES = ("originalMessage", "errorMessage", "message", "msg", "error", "err")
_GRAVE = frozenset({"error", "fatal", "panic", "critical", "alert", "emergency", "50", "60"})
_LEVELS = ("level", "severity", "error_severity", "levelname", "log.level")
# a value that PostgreSQL repeats, as in: invalid input syntax for type uuid: "…"
_REPEATED = re.compile(r'(?<=: )"[^"\n]*"?')


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
    raised = _LABELLED.search(text) or _RAISED.search(text)
    logged = any((record.first(name) or "").lower() in _GRAVE for name in _LEVELS)
    return Problem.OTHER if raised or logged else None


def named(record: Record, error: PastedError) -> PastedError:
    """Add the sentence that says most of what went wrong."""
    said = _sentence(record, folded(record.text))
    return replace(error, sentence=sendable(said)) if said else error


def _sentence(record: Record, text: str) -> str | None:
    for pattern in (_OF_POSTGRES, _BELOW_A_CALL, _LABELLED, _RAISED):
        found = pattern.search(text)
        if found and (shown := _shown(found["said"])):
            return shown
    if headline := HEADLINE.search(text):
        start, end = text.rfind("\n", 0, headline.start()) + 1, text.find("\n", headline.end())
        return _shown(text[start:] if end < 0 else text[start:end])
    said = record.first(*_MESSAGES)
    return _shown(said) if said else None


def _shown(said: str) -> str | None:
    line = _CODE.sub("", said.strip().partition("\n")[0], 1)
    return _REPEATED.sub('"…"', redact(line, ()))[:LONGEST].strip(" .,;\\") or None
