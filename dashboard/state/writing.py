"""Entries into the history, all of them or nothing."""

import json
from collections import Counter
from collections.abc import Mapping

from dashboard.state.entry import Entry
from dashboard.state.store import Session
from dashboard.state.times import to_ms


def write(session: Session, *entries: Entry) -> None:
    """Write within the transaction that the session is in."""
    for entry in entries:
        _write(session, entry)


def _write(session: Session, entry: Entry) -> None:
    made = {
        "place": _place(session, entry),
        "at": to_ms(entry.at),
        "ms": None if entry.unavailable else entry.ms,
        "condition": _condition(session, entry),
    }
    ((number,),) = session.rows(
        "insert into entry (id, place, at, ms, condition) "
        f"values ({session.new_entry}, :place, :at, :ms, :condition) returning id",  # our own
        made,
    )
    for each in entry.measures:
        session.rows(
            "insert into measure (entry, name, value, precision) "
            "values (:entry, :name, :value, :precision)",
            {"entry": number, "name": each.name, "value": each.value, "precision": each.precision},
        )


def _place(session: Session, entry: Entry) -> int:
    named = {"environment": entry.environment, "address": entry.address}
    return _found_or_made(
        session,
        "select id from place where environment = :environment and address = :address",
        "insert into place (environment, address) values (:environment, :address) "
        "on conflict do nothing returning id",
        named,
    )[0]


def _condition(session: Session, entry: Entry) -> int:
    """Find the condition that the environment was in, or keep it for the first time."""
    noted = Counter((each.code, each.severity, each.muted) for each in entry.findings)
    counted = sorted(noted.items())
    spelled = json.dumps([entry.status, entry.unavailable, counted])
    number, made = _found_or_made(
        session,
        "select id from condition where spelled = :spelled",
        "insert into condition (spelled, status, unavailable) "
        "values (:spelled, :status, :unavailable) on conflict do nothing returning id",
        {"spelled": spelled, "status": entry.status, "unavailable": entry.unavailable},
    )
    for (code, severity, muted), times in counted if made else ():
        session.rows(
            "insert into finding (condition, code, severity, muted, times) "
            "values (:condition, :code, :severity, :muted, :times)",
            {
                "condition": number,
                "code": code,
                "severity": severity,
                "muted": int(muted),
                "times": times,
            },
        )
    return number


def _found_or_made(
    session: Session, find: str, make: str, values: Mapping[str, object]
) -> tuple[int, bool]:
    """Look first: another program may make it in between, and then it is found."""
    if found := session.rows(find, values):
        return int(found[0][0]), False
    if made := session.rows(make, values):
        return int(made[0][0]), True
    ((number,),) = session.rows(find, values)
    return int(number), False
