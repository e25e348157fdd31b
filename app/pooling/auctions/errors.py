"""What auctions refuse."""

from app.kit.errors import Problem
from app.kit.locales import N_


class NotAnAuction(Problem):
    """Where suppliers offer under seal nobody bids."""

    code = "campaign-not-auction"
    status = 409
    title = N_("This campaign is no auction")
    detail = N_(
        "Nobody bids in this campaign: suppliers make sealed offers, or a supplier leads with prices of his own."
    )


class AuctionNotBegun(Problem):
    """Too early."""

    code = "auction-not-begun"
    status = 409
    title = N_("Bidding has not begun")
    detail = N_("Suppliers bid once members are frozen: within a minute of {closes_at} (UTC).")


class AuctionEnded(Problem):
    """Too late."""

    code = "auction-ended"
    status = 409
    title = N_("This auction takes no bids any more")
    detail = N_("Bids were taken until {ends_at} (UTC). What you have bid until then stands.")


class TooManyBids(Problem):
    """As many as a supplier may make."""

    code = "too-many-bids"
    status = 409
    title = N_("No more bids are taken from you here")
    detail = N_("A supplier bids {most} times in an auction at most. Your last bid stands.")
