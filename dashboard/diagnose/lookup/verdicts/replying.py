"""What a customer can be told: of their own row and the environment, in words that are theirs."""

from collections.abc import Sequence

from dashboard.diagnose import words
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.environments import Environment

WE_LOOK = "We are looking into it and will get back to you."
OURS = f"The cause is on our side. {WE_LOOK}"
MAYBE_OURS = f"The cause may be on our side. {WE_LOOK}"
COPY_AGAIN = "Please copy it again from the page of your {parent} and send it to us."


def reply(evidence: Evidence, template: str, places: Sequence[Environment] = ()) -> str:
    """Fill a sentence with nouns and environments, and with nothing else.

    No ID is among them: one that is near to the customer's may be somebody else's.
    """
    nouns = evidence.nouns
    told = template.format(
        parent=nouns.parent,
        child=nouns.child,
        deploy=nouns.deploy,
        again=nouns.again,
        here=evidence.target.name,
        places=words.some([each.name for each in places]),
        we_look=WE_LOOK,
        ours=OURS,
        maybe_ours=MAYBE_OURS,
        copy_again=COPY_AGAIN.format(parent=nouns.parent),
    )
    return words.capital(told)
