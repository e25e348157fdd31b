"""What people are told about campaigns. No notice holds a limit or a price of somebody else's."""

from app.kit.locales import N_
from app.messages.facade import register_notice

FROZEN = "pooling.frozen"
CLEARED = "pooling.cleared"
FAILED = "pooling.failed"
SERVED = "pooling.served"
NOT_SERVED = "pooling.not_served"
WON = "pooling.won"
NOT_WON = "pooling.not_won"

_CAMPAIGN = "/campaigns/{campaign_id}"

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
    path="/campaigns/{campaign_id}#{commitment_id}",
)
register_notice(
    NOT_SERVED,
    subject=N_("Your commitment to campaign {number} is not served"),
    body=N_(
        "Your commitment to campaign {number}, “{title}”, could not be served. You owe nothing. The reason is told there."
    ),
    path="/campaigns/{campaign_id}#{commitment_id}",
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
