"""What people are told about auctions. Nobody is told who bids."""

from app.kit.locales import N_
from app.messages.facade import register_notice

BIDDING = "pooling.bidding"
OUTBID = "pooling.outbid"

_CAMPAIGN = "/campaigns/{campaign_id}"

register_notice(
    BIDDING,
    subject=N_("Suppliers bid in campaign {number}"),
    body=N_(
        "Commitments to campaign {number}, “{title}”, do not change any more: {commitments} of them. Suppliers bid until "
        "{ends_at}, or longer where a late bid extends the auction."
    ),
    path=_CAMPAIGN,
)
register_notice(
    OUTBID,
    subject=N_("Somebody bids less in campaign {number}"),
    body=N_(
        "In campaign {number}, “{title}”, somebody bids less than you for {item}. The best price is {price} a lot, landed. Bids "
        "are taken until {ends_at}."
    ),
    path=_CAMPAIGN,
)
