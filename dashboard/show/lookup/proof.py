"""What a replay of the failing write shows: one line, filled in when everything else is there."""

import streamlit as st

from dashboard.background.proofs import TOO_LONG
from dashboard.diagnose import words
from dashboard.diagnose.lookup.claims import Claim
from dashboard.diagnose.lookup.proof import Proof, cannot
from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse
from dashboard.show.shared.escaping import escaped
from dashboard.view import SeenProofs

PATIENCE_S = 10.0  # the server has to start, and the machine may be busy
LOOK_EVERY_S = 0.25  # whoever turns to something else meanwhile is not kept waiting
NAMED_AT_MOST = 6
SHOWN = ":green[:material/task_alt:]"
NOT_SHOWN = ":gray[:material/help:]"


@st.fragment(parallel=True)
def draw(proofs: SeenProofs, claim: Claim | CannotRehearse) -> None:
    """Wait for the proof beside what else is drawn, and no longer than somebody would."""
    line = st.empty()
    for _ in range(int(PATIENCE_S / LOOK_EVERY_S)):
        proof = proofs.wait(claim, LOOK_EVERY_S)
        if proof:
            with line.container(gap="xxsmall"):
                told(proof)
            return
        line.caption(":material/hourglass_empty: Replaying it in a throw-away database …")
    line.caption(f"{NOT_SHOWN} {escaped(cannot(TOO_LONG).summary)}")


def told(proof: Proof) -> None:
    if not proof.reproduced:
        st.caption(f"{NOT_SHOWN} {escaped(proof.summary)}")
        return
    sign = SHOWN if proof.fixed else NOT_SHOWN
    st.markdown(f"{sign} {escaped(proof.summary)}")
    if copy := proof.copy:
        st.markdown(f"{SHOWN if copy.succeeds else NOT_SHOWN} {escaped(copy.summary)}")
    if proof.omitted:
        st.caption(f"Left out of the copy: {escaped(_some(proof.omitted))}.")


def _some(names: tuple[str, ...]) -> str:
    more = len(names) - NAMED_AT_MOST
    return words.listed([*names[:NAMED_AT_MOST], *([f"{more} more"] if more > 0 else [])])
