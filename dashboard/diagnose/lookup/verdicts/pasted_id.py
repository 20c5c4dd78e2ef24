"""Family B: the id itself is not what it should be.

| exact id       | other spelling found      | other finds              | verdict         |
| -------------- | ------------------------- | ------------------------ | --------------- |
| anywhere       | -                         | it was cleaned           | id-dirty-paste  |
| not in target  | yes, id from DETAIL       | -                        | id-dirty-in-app |
| not in target  | yes, in upper/lower case  | -                        | id-case         |
| not in target  | yes, otherwise            | -                        | id-dirty-paste  |
| nowhere        | no                        | parent's other column    | other-column    |
| nowhere        | no                        | key of another table     | other-entity    |
| nowhere        | no                        | start of an id           | id-truncated    |
| nowhere        | no                        | one slip from an id      | id-typo         |
| nowhere        | no                        | ids all look different   | foreign-shape   |

A near miss never changes the id asked for: it is a suggestion.
"""

from collections.abc import Sequence, Set
from functools import lru_cache

from dashboard.diagnose import fixes, words
from dashboard.diagnose.facts import EntityHit, IdFacts
from dashboard.diagnose.finding import Confidence, Finding, Fix, Severity
from dashboard.diagnose.lookup import options
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.diagnose.lookup.verdicts.absent import (
    case_twins,
    differs_by_case,
    entity,
    traced,
)
from dashboard.diagnose.lookup.verdicts.making import make_finding, subject, unsearched
from dashboard.diagnose.lookup.verdicts.replying import reply
from dashboard.diagnose.paste import Source, looks_like
from queries.rows import Project


def dirty_paste(evidence: Evidence) -> Finding | None:
    """Say that the id was found only after cleaning it; the verdict goes on with the clean one."""
    pasted = evidence.paste.id
    if pasted is None or pasted.source is Source.DETAIL:
        return None
    other = other_spelling(evidence)
    stored = other.id if other and not differs_by_case(other.id, pasted.text) else None
    found = evidence.here.state is PresenceState.FOUND or evidence.found_elsewhere
    cleaned = pasted.source is Source.TYPED and pasted.normalised  # not just taken from a URL
    if stored is None and not (found and cleaned):
        return None
    how = f"stored as {words.short(stored)}" if stored else words.listed(pasted.normalised)
    return make_finding(
        evidence,
        Finding(
            code="id-dirty-paste",
            severity=Severity.ERROR,
            summary=f"The pasted ID differs from the one in {evidence.target.name}: {how}.",
            explanation="Check that the application does not send it in this form.",
            reply=lambda: reply(
                evidence, "The ID you sent is not exactly the one we have. {copy_again}"
            ),
            fix=lambda: options.use_id(evidence, stored or pasted.text, "Use the stored ID."),
            resolves_when="the stored ID is used",
            suggestions=(stored,) if stored else (),
        ),
    )


def dirty_in_app(evidence: Evidence) -> Finding | None:
    """Speak when PostgreSQL itself reports the dirty value: then the application sends it."""
    pasted, other = evidence.paste.id, other_spelling(evidence)
    if pasted is None or pasted.source is not Source.DETAIL or other is None:
        return None
    return make_finding(
        evidence,
        Finding(
            code="id-dirty-in-app",
            severity=Severity.ERROR,
            summary=(
                f"The application sends {words.short(pasted.text)} to {evidence.target.name}, "
                f"but the {evidence.nouns.parent}'s ID is {words.short(other.id)}."
            ),
            explanation=(
                "PostgreSQL's DETAIL line shows the exact value, so the extra characters were "
                "in the request, not in the copy."
            ),
            reply=lambda: reply(
                evidence,
                "The ID of your {parent} was sent with extra characters. {we_look}",
            ),
            fix=lambda: fixes.in_the_application(
                "Trim the ID where the application builds it",
                "Find the source of the ID (an environment variable, a form, a file) and trim it.",
                f"{words.capital(evidence.nouns.again)}.",
            ),
            resolves_when="the application sends the stored ID",
            suggestions=(other.id,),
        ),
    )


def wrong_case(evidence: Evidence) -> Finding | None:
    pasted, twins = evidence.paste.id, _cased_otherwise(evidence)
    if pasted is None or twins is None or _sent_dirty(evidence):
        return None
    place, ids = twins
    name, here = evidence.target.name, place.environment == evidence.target
    those = words.listed([words.short(each) for each in ids])
    where = "" if here else f" in {place.environment.name}"
    there = f"one exists{where}" if len(ids) == 1 else f"{len(ids)} exist{where}"
    return make_finding(
        evidence,
        Finding(
            code="id-case",
            severity=Severity.ERROR,
            confidence=Confidence.LIKELY if len(ids) == 1 else Confidence.POSSIBLE,
            summary=(
                f"{subject(evidence)} is not in {name}; {there} with different capitals: {those}."
            ),
            explanation="IDs are case-sensitive.",
            reply=lambda: reply(
                evidence,
                "The ID you sent differs from ours in upper and lower case. {copy_again}",
            ),
            fix=lambda: options.use_id(evidence, ids[0], "Use the ID exactly as stored."),
            resolves_when="the stored ID is used",
            suggestions=ids,
        ),
    )


def other_column(evidence: Evidence) -> Finding | None:
    """Speak when a row of the parent has the id, in another column than the key's."""
    place, hit = entity(evidence) or (None, None)
    if place is None or hit is None or not hit.of_parent or not _nowhere(evidence):
        return None
    parent, noun, own = place.catalog.parent, evidence.nouns.parent, hit.project_id
    key = parent.key.label if parent else ""
    wanted = f"which is {words.short(own)}" if own else "which is not set"
    return make_finding(
        evidence,
        Finding(
            code="other-column",
            severity=Severity.ERROR,
            confidence=_certain_in_target(evidence, place),
            cause=3,
            summary=(
                f"{words.short(hit.id)} is the {hit.column} of {noun.a} in "
                f"{place.environment.name}; the key refers to its {key}, {wanted}."
            ),
            explanation=(
                f"{evidence.constraint} refers to {hit.table}.{key}, but the {hit.column} of "
                "that row was sent or copied."
            ),
            reply=lambda: reply(
                evidence, "What you sent is not the ID of {parent.a}. {copy_again}"
            ),
            fix=lambda: (
                options.use_id(evidence, own, f"Send the {key}, not the {hit.column}.")
                if own
                else options.verify(evidence, f"Set the {key} of that {noun.one}.")
            ),
            resolves_when=f"the {key} of the {noun.one} is sent",
            suggestions=(own,) if own else (),
        ),
    )


def other_entity(evidence: Evidence) -> Finding | None:
    place, hit = entity(evidence) or (None, None)
    if place is None or hit is None or hit.of_parent or not _nowhere(evidence):
        return None
    if place.rightful_parent:  # wrong-target explains it
        return None
    parent = evidence.nouns.parent
    of = f"; its {parent} is {words.short(hit.project_id)}" if hit.project_id else ""
    return make_finding(
        evidence,
        Finding(
            code="other-entity",
            severity=Severity.ERROR,
            confidence=_certain_in_target(evidence, place),
            cause=3,
            summary=(
                f"{words.short(hit.id)} is not {parent.a} in {evidence.target.name}: it is the "
                f"{hit.column} of a row in {hit.table} in {place.environment.name}{of}."
            ),
            explanation="The ID of something else was sent or copied.",
            reply=lambda: reply(
                evidence,
                "What you sent is the ID of something else, not of {parent.a}. {copy_again}",
            ),
            fix=lambda: _entity_fix(evidence, hit),
            resolves_when=f"the ID of {parent.a} is used",
            suggestions=(hit.project_id,) if hit.project_id else (),
        ),
    )


def _certain_in_target(evidence: Evidence, place: IdFacts) -> Confidence:
    own = place.environment == evidence.target
    return Confidence.CERTAIN if own else Confidence.LIKELY


def _entity_fix(evidence: Evidence, hit: EntityHit) -> Fix:
    parent = evidence.nouns.parent
    if hit.project_id:
        belongs = f"Use the ID of the {parent} it belongs to."
        return options.use_id(evidence, hit.project_id, belongs)
    return options.verify(evidence, f"Find the {parent}: this ID belongs to a row of {hit.table}.")


def truncated(evidence: Evidence) -> Finding | None:
    place, hits = _first_hits(evidence, prefix=True)
    if place is None or not _nowhere(evidence) or not _shorter_than_usual(evidence, place):
        return None
    return _near_miss(evidence, place, hits, "id-truncated", "looks cut off")


def typo(evidence: Evidence) -> Finding | None:
    place, hits = _first_hits(evidence, prefix=False)
    if place is None or not _nowhere(evidence):
        return None
    return _near_miss(evidence, place, hits, "id-typo", "looks mistyped")


def _near_miss(
    evidence: Evidence, place: IdFacts, hits: Sequence[Project], code: str, looks: str
) -> Finding:
    best = hits[0]
    others = f" (and {len(hits) - 1} more)" if len(hits) > 1 else ""
    sole = len(hits) == 1 and not evidence.undetermined_elsewhere
    return make_finding(
        evidence,
        Finding(
            code=code,
            severity=Severity.ERROR,
            confidence=Confidence.LIKELY if sole else Confidence.POSSIBLE,
            cause=3,
            summary=(
                f"{subject(evidence)} {looks}: it is not in {evidence.target.name}, but "
                f"{words.short(best.id)} exists in {place.environment.name}{others}."
            ),
            explanation=f"That one is {words.project(best)}.",
            reply=lambda: reply(evidence, f"The ID you sent {looks}. {{copy_again}}"),
            fix=lambda: options.use_id(
                evidence,
                best.id,
                f"Ask the reporter whether they mean this {evidence.nouns.parent}.",
            ),
            alternatives=lambda: (options.create_project(evidence),),
            resolves_when="the complete, correct ID is used",
            suggestions=tuple(hit.id for hit in hits),
        ),
        *unsearched(evidence),
    )


def foreign_shape(evidence: Evidence) -> Finding | None:
    """Speak when the id has a known shape, and none of the target's ids has it."""
    return _unlike(evidence) if looks_like(evidence.id or "") else None


def no_shape(evidence: Evidence) -> Finding | None:
    """Say the same, beside the verdict, of an id that looks like nothing known."""
    return None if looks_like(evidence.id or "") else _unlike(evidence)


def _unlike(evidence: Evidence) -> Finding | None:
    found, identifier = evidence.found, evidence.id
    if found is None or identifier is None or not found.facts.sample_ids or not _nowhere(evidence):
        return None
    if found.near or found.by_prefix or entity(evidence):
        return None
    usual = _shapes_of_all(found.facts.sample_ids)
    if not usual or usual & set(looks_like(identifier)):
        return None
    seen = (
        words.listed(sorted(looks_like(identifier)))
        if looks_like(identifier)
        else ("an unknown format")
    )
    return make_finding(
        evidence,
        Finding(
            code="foreign-shape",
            severity=Severity.ERROR,
            confidence=Confidence.POSSIBLE,
            cause=3,
            summary=(
                f"{subject(evidence)} has another format than the IDs in "
                f"{evidence.target.name}: they are {words.listed(sorted(usual))}, this is "
                f"{seen}."
            ),
            explanation="It may be the ID of something else or come from another system.",
            reply=lambda: reply(
                evidence,
                "The ID you sent does not look like the ID of {parent.a} in {here}. {copy_again}",
            ),
            fix=lambda: options.verify(evidence, "Ask where the ID comes from."),
            resolves_when=f"the ID of {evidence.nouns.parent.a} is used",
        ),
        f"only {len(found.facts.sample_ids)} IDs were compared",
        *unsearched(evidence),
    )


@lru_cache(maxsize=32)
def _shapes_of_all(ids: tuple[str, ...]) -> Set[str]:
    """Name the shapes that all have; kept, because many ids are compared with the same sample."""
    return frozenset.intersection(*(frozenset(looks_like(each)) for each in ids))


def other_spelling(evidence: Evidence) -> Project | None:
    """Find a row under another spelling, where the exact one is nowhere; the target's first."""
    if evidence.here.state is not PresenceState.ABSENT:
        return None
    here = evidence.found.projects if evidence.found else None
    if here:
        return here[0]
    elsewhere = (project for each in evidence.others for project in each.projects or ())
    return None if evidence.found_elsewhere else next(elsewhere, None)


def _cased_otherwise(evidence: Evidence) -> tuple[IdFacts, tuple[str, ...]] | None:
    """Find ids that differ in letter case only, where the exact one is nowhere."""
    if evidence.here.state is not PresenceState.ABSENT:
        return None
    others = () if evidence.found_elsewhere else evidence.others
    for found in filter(None, (evidence.found, *others)):
        if twins := case_twins(evidence, found):
            return found, twins
    return None


def _sent_dirty(evidence: Evidence) -> bool:
    """Whether the database itself reports another spelling, of which another verdict speaks."""
    pasted = evidence.paste.id
    sent = pasted is not None and pasted.source is Source.DETAIL
    return sent and other_spelling(evidence) is not None


def _nowhere(evidence: Evidence) -> bool:
    """Whether the exact id is absent from the target, not found elsewhere, and without trace."""
    if evidence.here.state is not PresenceState.ABSENT or evidence.found_elsewhere:
        return False
    if other_spelling(evidence) or _cased_otherwise(evidence):
        return False
    answered = filter(None, (evidence.found, *evidence.others))
    return not any(traced(evidence, each) for each in answered)


def _first_hits(
    evidence: Evidence, *, prefix: bool
) -> tuple[IdFacts, tuple[Project, ...]] | tuple[None, tuple[()]]:
    """Find the near misses of the target, or else of the first other environment with some."""
    for found in filter(None, (evidence.found, *evidence.others)):
        if hits := found.by_prefix if prefix else found.near:
            return found, hits
    return None, ()


def _shorter_than_usual(evidence: Evidence, found: IdFacts) -> bool:
    lengths = [len(each) for each in found.facts.sample_ids]
    return not lengths or len(evidence.id or "") < min(lengths)
