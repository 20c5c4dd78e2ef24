"""Orphan candidates: rows that have lost, or never had, what they belong to."""

from dashboard.diagnosis.orphans.counts import Count, Precision
from dashboard.diagnosis.orphans.elsewhere import Present, explained
from dashboard.diagnosis.orphans.kinds import BY_CODE, KINDS, Kind
from dashboard.diagnosis.orphans.questions import (
    Cardinality,
    Form,
    Grounds,
    Question,
    Statuses,
    questions,
)
from dashboard.diagnosis.orphans.remedies import Ages, deletes, remedy
from dashboard.diagnosis.orphans.sightings import Asked, Orphans, Sighting, findings, sightings

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
