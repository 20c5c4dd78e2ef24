"""Which databases the environments are, as far as they answer: nothing is written to them."""

from collections.abc import Mapping

from dashboard.collect.collector import Collector
from dashboard.diagnose.facts import Identity, Unavailable
from dashboard.environments import Environment
from dashboard.postgres import LOOKUP, Ask, Conversation, Deadline
from queries import registry


def identities(collector: Collector) -> Mapping[str, Identity]:
    """Ask all of them at once; who is silent is compared when it first answers."""
    found = collector.fleet.run(_identity, LOOKUP)
    return {each.name: said for each, said in found if isinstance(said, Identity)}


def _identity(
    _environment: Environment, _deadline: Deadline
) -> Conversation[Identity | Unavailable]:
    asked = registry.SERVER.bind(schema=None)
    answers = yield Ask([asked], LOOKUP)
    if isinstance(answers, Unavailable):
        return answers
    server = answers.one(asked)
    identifier: str | None = None
    if server.system_identifier_readable:
        wanted = registry.SYSTEM_IDENTIFIER.bind()
        told = yield Ask([wanted], LOOKUP)
        identifier = None if isinstance(told, Unavailable) else told.one(wanted).system_identifier
    return Identity(identifier, server.database_oid, server.started_at, "")
