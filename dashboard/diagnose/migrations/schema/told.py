"""What was rehearsed, as `check --json` prints it."""

from dataclasses import asdict
from typing import Any

from dashboard.diagnose.migrations.schema.drift import Difference
from dashboard.diagnose.migrations.schema.forecast import Lock, spelled
from dashboard.diagnose.migrations.schema.rehearsed import (
    CannotRehearse,
    Rehearsed,
    RehearsedMigration,
    SchemaComparison,
)
from dashboard.diagnose.migrations.schema.verdict import InTheWay, Verdict
from dashboard.diagnose.migrations.schema.wording import sentence


def to_json(rehearsed: Rehearsed) -> dict[str, Any]:
    unknown = rehearsed.pending if isinstance(rehearsed.pending, CannotRehearse) else None
    return {
        "schema": _schema(rehearsed.schema),
        "pending": [_pending(each) for each in rehearsed.tried.values()],
        "pending_unknown": unknown.reason if unknown else None,
        "presence": {
            name: {
                "presence": each.presence.value,
                "there": list(each.there),
                "missing": list(each.missing),
            }
            for name, each in rehearsed.presence.items()
        },
    }


def _pending(each: RehearsedMigration) -> dict[str, Any]:
    return {
        "name": each.name,
        "stops": each.stop,
        "certain": each.certain if each.stop else None,
        "assumed": list(each.assumed),
        "locks": [_lock(lock) for lock in each.locks],
        "verdict": _verdict(each.verdict) if each.verdict else None,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "answer": verdict.answer.value,
        "statement": verdict.step,
        "at_the_latest": verdict.latest,
        "sqlstates": list(verdict.sqlstates),
        "reasons": list(verdict.reasons),
        "statement_text": verdict.statement or None,
        "in_the_way": [_in_the_way(each) for each in verdict.in_the_way],
        "losses": [
            {"statement": each.step, "what": each.what, "rows": each.number}
            for each in verdict.losses
        ],
        "too_slow": verdict.too_slow,
    }


def _in_the_way(each: InTheWay) -> dict[str, Any]:
    return {
        "sqlstate": each.sqlstate,
        "what": each.what,
        "rows": each.number,
        "first_keys": list(each.keys),
        "list_them": each.shown or None,
    }


def _lock(lock: Lock) -> dict[str, Any]:
    return {
        "table": ".".join(lock.table),
        "mode": spelled(lock.mode),
        "stops": lock.stops,
        "since_statement": lock.since,
        "rows": lock.rows,
        "bytes": lock.bytes,
        "work": list(lock.work),
        "sentence": lock.sentence,
        "held_by": [asdict(each) for each in lock.waiting.holders] if lock.waiting else None,
        "older_transactions": asdict(lock.waiting.transactions)
        if lock.waiting and lock.waiting.transactions
        else None,
    }


def _schema(schema: SchemaComparison | CannotRehearse) -> dict[str, Any]:
    if isinstance(schema, CannotRehearse):
        return {"compared": False, "reason": schema.reason, "differences": []}
    return {
        "compared": True,
        "reason": None,
        "differences": [_difference(each, schema) for each in schema.differences],
        "edited": list(schema.applied.edited),
        "failed": list(schema.applied.failed),
        "assumed": list(schema.assumed),
    }


def _difference(each: Difference, comparison: SchemaComparison) -> dict[str, Any]:
    return {
        "what": each.what.value,
        "kind": each.kind,
        "name": list(each.key[1:]),
        "table": ".".join(each.table) if each.table else None,
        "facet": each.facet,
        "sentence": sentence(each, comparison),
    }
