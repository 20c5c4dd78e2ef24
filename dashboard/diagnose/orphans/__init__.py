"""Orphan candidates: rows that have lost, or never had, what they belong to."""

from dashboard.diagnose.orphans.counts import Count, Precision
from dashboard.diagnose.orphans.elsewhere import Present, explained
from dashboard.diagnose.orphans.kinds import BY_CODE, KINDS, Kind
from dashboard.diagnose.orphans.questions import (
    Cardinality,
    Form,
    Grounds,
    Question,
    Statuses,
    questions,
)
from dashboard.diagnose.orphans.remedies import Ages, deletes, remedy
from dashboard.diagnose.orphans.sightings import Asked, Orphans, Sighting, findings, sightings

__all__ = [
    "BY_CODE",
    "KINDS",
    "Ages",
    "Asked",
    "Cardinality",
    "Count",
    "Form",
    "Grounds",
    "Kind",
    "Orphans",
    "Precision",
    "Present",
    "Question",
    "Sighting",
    "Statuses",
    "deletes",
    "explained",
    "findings",
    "questions",
    "remedy",
    "sightings",
]
