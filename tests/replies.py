"""What no sentence for a customer may hold, whatever the application's tables are called."""

import re
from urllib.parse import urlsplit

from dashboard.diagnose.facts import EnvironmentFacts, IdFacts, Unavailable
from dashboard.diagnose.lookup.evidence import Evidence

# what is plain English, too (update, delete, order), is not among them
_SQL = re.compile(
    r"\b(?:sql|select|insert|join|null|constraint|foreign|primary|key|column|table|row|schema|"
    r"database|index|query|transaction|trigger|migration|postgres\w*|prisma|dashboard)s?\b|[`\"_();=]",
    re.IGNORECASE,
)
_HOST = re.compile(r"\b[\w-]+(?:\.[\w-]+)+\b|:\d+|://")


def internal(reply: str, evidence: Evidence) -> list[str]:
    """List what of a reply is none of a customer's business."""
    names = {evidence.constraint, *(_host(each.app_url) for each in evidence.answers)}
    for answer in evidence.answers.values():
        if isinstance(answer, IdFacts):
            names |= set(_names(answer.facts))
        if isinstance(answer, Unavailable):
            names.add(answer.message)
    ids = {evidence.id, *(evidence.key or {}).values()}
    return [
        *(each[0] for pattern in (_SQL, _HOST) for each in pattern.finditer(reply)),
        *(each for each in names | ids if each and re.search(rf"\b{re.escape(each)}\b", reply)),
    ]


def _host(url: str | None) -> str:
    return urlsplit(url or "").netloc


def _names(facts: EnvironmentFacts) -> list[str]:
    catalog = facts.catalog
    keys = [each.name for each in catalog.foreign_keys]
    return [catalog.name, *(each.name for each in catalog.tables), *keys]
