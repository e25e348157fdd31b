"""What people are told about disputes."""

import string

from app.finance.disputes.states import Act, DisputeState
from app.kit.locales import N_
from app.messages.facade import register_notice

OPENED = "finance.dispute_opened"
ENDED = {
    DisputeState.AGREED: "finance.dispute_agreed",
    DisputeState.WITHDRAWN: "finance.dispute_withdrawn",
    DisputeState.DECIDED: "finance.dispute_decided",
}
CONTINUED = {
    Act.MESSAGE: "finance.dispute_message",
    Act.PROPOSED: "finance.dispute_proposal",
    Act.TAKEN_BACK: "finance.dispute_proposal_taken_back",
    Act.DECLINED: "finance.dispute_proposal_declined",
    Act.ANSWER_OVERDUE: "finance.dispute_answer_overdue",
    Act.ESCALATED: "finance.dispute_escalated",
}
TO_DECIDE = "finance.dispute_to_decide"

_PATH = "/disputes/{dispute_id}"
WANTED: dict[str, frozenset[str]] = {}
"""What each notice wants to know."""


def _notice(code: str, *, subject: str, body: str) -> None:
    named = (name for text in (subject, body, _PATH) for _, name, _, _ in string.Formatter().parse(text) if name)
    WANTED[code] = frozenset(named)
    register_notice(code, subject=subject, body=body, path=_PATH)


_notice(
    OPENED,
    subject=N_("{firm} disputes a payment of {number}: {reason}"),
    body=N_(
        "{firm} disputes milestone {milestone} of {number} ({amount}): {reason}. The money stays where it is until this is "
        "settled. Please answer until {answer_at}."
    ),
)
_notice(
    CONTINUED[Act.MESSAGE],
    subject=N_("{firm} has written in the dispute over {number}"),
    body=N_("{firm} has written something in the dispute over milestone {milestone} of {number}. Read it there."),
)
_notice(
    CONTINUED[Act.PROPOSED],
    subject=N_("{firm} proposes a settlement of the dispute over {number}"),
    body=N_(
        "{firm} proposes for milestone {milestone} of {number}: {release} for the supplier, {refund} for the buyer. The "
        "proposal binds once the other side accepts it."
    ),
)
_notice(
    CONTINUED[Act.TAKEN_BACK],
    subject=N_("A proposal in the dispute over {number} was taken back"),
    body=N_("{firm} has taken back its proposal for milestone {milestone} of {number}."),
)
_notice(
    CONTINUED[Act.DECLINED],
    subject=N_("Your proposal in the dispute over {number} was declined"),
    body=N_("{firm} declines your proposal for milestone {milestone} of {number}."),
)
_notice(
    CONTINUED[Act.ANSWER_OVERDUE],
    subject=N_("No answer in the dispute over {number}"),
    body=N_(
        "The supplier has not answered in time in the dispute over milestone {milestone} of {number}. Either side may bring it "
        "before the operator now."
    ),
)
_notice(
    CONTINUED[Act.ESCALATED],
    subject=N_("The dispute over {number} is before the operator"),
    body=N_(
        "The operator will decide the dispute over milestone {milestone} of {number}. Add what he should know; until he decides "
        "both sides may still agree."
    ),
)
_notice(
    TO_DECIDE,
    subject=N_("A dispute is to be decided: {number}"),
    body=N_("{buyer} and {supplier} do not agree on milestone {milestone} of {number} ({amount}): {reason}."),
)
_notice(
    ENDED[DisputeState.AGREED],
    subject=N_("The dispute over {number} is settled"),
    body=N_(
        "Both sides agree on milestone {milestone} of {number}: {release} for the supplier, {refund} for the buyer."
    ),
)
_notice(
    ENDED[DisputeState.WITHDRAWN],
    subject=N_("The dispute over {number} was withdrawn"),
    body=N_(
        "{firm} has withdrawn the dispute over milestone {milestone} of {number}. The milestone goes on as before."
    ),
)
_notice(
    ENDED[DisputeState.DECIDED],
    subject=N_("The dispute over {number} is decided"),
    body=N_(
        "The operator has decided on milestone {milestone} of {number}: {release} for the supplier, {refund} for the "
        "buyer. The reasons are told there."
    ),
)
