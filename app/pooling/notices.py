"""What people are told about campaigns. No notice holds a limit or a price of somebody else's."""

from app.kit.locales import N_
from app.messages.facade import register_notice

FROZEN = "pooling.frozen"
CLEARED = "pooling.cleared"
FAILED = "pooling.failed"
SERVED = "pooling.served"
NOT_SERVED = "pooling.not_served"
WAITING = "pooling.waiting"
WAITING_ENDED = "pooling.waiting_ended"
WON = "pooling.won"
NOT_WON = "pooling.not_won"
DEPOSIT_DECLINED = "pooling.deposit_declined"
DEPOSIT_DUE = "pooling.deposit_due"
DEFAULTED = "pooling.defaulted"
FRAMEWORK_ORDERED = "pooling.framework_ordered"
LAPSED = "pooling.lapsed"
INVITED = "pooling.invited"

_CAMPAIGN = "/campaigns/{campaign_id}"
_COMMITMENT = "/campaigns/{campaign_id}#{commitment_id}"

register_notice(
    FROZEN,
    subject=N_("Campaign {number} is frozen"),
    body=N_("Campaign {number}, “{title}”, takes nothing any more and is being cleared: {commitments} commitments."),
    path=_CAMPAIGN,
)
register_notice(
    CLEARED,
    subject=N_("Campaign {number} is cleared"),
    body=N_("Campaign {number}, “{title}”, is cleared. Its certificate says what is bought and how good that is."),
    path=_CAMPAIGN,
)
register_notice(
    FAILED,
    subject=N_("Campaign {number} failed"),
    body=N_("Nothing could be bought in campaign {number}, “{title}”."),
    path=_CAMPAIGN,
)
register_notice(
    SERVED,
    subject=N_("Your commitment to campaign {number} is served"),
    body=N_("Your commitment to campaign {number}, “{title}”, is served: {lots} lots of {item} for {payment}."),
    path=_COMMITMENT,
)
register_notice(
    NOT_SERVED,
    subject=N_("Your commitment to campaign {number} is not served"),
    body=N_(
        "Your commitment to campaign {number}, “{title}”, could not be served. You owe nothing. The reason is told there."
    ),
    path=_COMMITMENT,
)
register_notice(
    WAITING,
    subject=N_("Your commitment to campaign {number} is on the waiting list"),
    body=N_(
        "Your commitment to campaign {number}, “{title}”, is not served for now. Should somebody who is served not pay, it may "
        "be your turn; then you are told. Your deposit stays secured until all is ordered and is given back then. The reason is "
        "told there."
    ),
    path=_COMMITMENT,
)
register_notice(
    WAITING_ENDED,
    subject=N_("The waiting list of campaign {number} is closed"),
    body=N_(
        "Everything in campaign {number}, “{title}”, is ordered, and your commitment on the waiting list was not needed. You owe "
        "nothing, and a deposit that was secured is given back."
    ),
    path=_COMMITMENT,
)
register_notice(
    WON,
    subject=N_("You have won in campaign {number}"),
    body=N_("Your offer to campaign {number}, “{title}”, has won. What is bought of you is told there."),
    path=_CAMPAIGN,
)
register_notice(
    NOT_WON,
    subject=N_("Your offer to campaign {number} has not won"),
    body=N_("Nothing is bought of you in campaign {number}, “{title}”. Thank you for your offer."),
    path=_CAMPAIGN,
)
register_notice(
    DEPOSIT_DECLINED,
    subject=N_("The deposit for campaign {number} was declined"),
    body=N_(
        "The deposit of your commitment to campaign {number}, “{title}”, was declined: {reason} Give another payment method."
    ),
    path=_COMMITMENT,
)
register_notice(
    DEPOSIT_DUE,
    subject=N_("Pay the deposit for campaign {number}"),
    body=N_(
        "Your commitment to campaign {number}, “{title}”, is served, but its deposit of {amount} could not be charged. Pay it "
        "until {due_at}; otherwise your commitment is left out."
    ),
    path=_COMMITMENT,
)
register_notice(
    DEFAULTED,
    subject=N_("You are left out of campaign {number}"),
    body=N_(
        "The deposit of your commitment to campaign {number}, “{title}”, was not paid in time. You are left out of it."
    ),
    path=_COMMITMENT,
)
register_notice(
    FRAMEWORK_ORDERED,
    subject=N_("Framework order {order} from campaign {number}"),
    body=N_(
        "You supply {lots} lots for {total} in campaign {number}, “{title}”. Each member's order under framework order {order} "
        "comes to you by itself."
    ),
    path=_CAMPAIGN,
)
register_notice(
    LAPSED,
    subject=N_("Your commitment to campaign {number} was not approved in time"),
    body=N_(
        "Your commitment to campaign {number}, “{title}”, awaited approval when the campaign took nothing any more. It does not "
        "count, and you owe nothing."
    ),
    path=_COMMITMENT,
)
register_notice(
    INVITED,
    subject=N_("You are invited to campaign {number}"),
    body=N_(
        "{lead} invites your organization to campaign {number}, “{title}”. Only whoever is invited sees it. Commitments are "
        "taken until {closes_at}."
    ),
    path=_CAMPAIGN,
)
