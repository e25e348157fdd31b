"""What pooled purchasing refuses."""

from typing import Any

from app.kit.errors import Problem
from app.kit.locales import N_


class CampaignNotDraft(Problem):
    """What members have read is not rewritten."""

    code = "campaign-not-draft"
    status = 409
    title = N_("This campaign is open")
    detail = N_(
        "A campaign that was opened is not rewritten, because members may have committed themselves. You can give it more time "
        "or cancel it before the freeze."
    )


class CampaignIncomplete(Problem):
    """A draft that cannot be opened yet."""

    code = "campaign-incomplete"
    status = 422
    title = N_("This campaign cannot be opened yet")
    detail = N_("Nothing was opened. Complete the fields named below and open it again.")


class CampaignClosed(Problem):
    """Too late, or cancelled, or not opened yet."""

    code = "campaign-closed"
    status = 409
    title = N_("This campaign takes nothing any more")
    detail = N_(
        "Commitments and offers, and changes to them, were taken until {closes_at} (UTC). Its state is “{state}”."
    )


class CampaignForEverybody(Problem):
    """Nobody need be invited."""

    code = "campaign-for-everybody"
    status = 409
    title = N_("This campaign is open to everybody")
    detail = N_(
        "Invitations are for campaigns that invited organizations alone see. Say so in the draft, before it is opened."
    )


class InvitationStands(Problem):
    """Somebody relies on it."""

    code = "campaign-invitation-stands"
    status = 409
    title = N_("This invitation is not taken back any more")
    detail = N_("Invitations are taken back until the first commitment, as long as the campaign is a draft or open.")


class TooManyInvitations(Problem):
    """As many as a campaign may have."""

    code = "too-many-campaign-invitations"
    status = 409
    title = N_("No more organizations can be invited")
    detail = N_("A campaign has {most} invitations at most.")


class CampaignsWaiting(Problem):
    """A lead has as many campaigns at a time as he may have."""

    code = "campaigns-waiting"
    status = 409
    title = N_("Too many campaigns at a time")
    detail = N_("Your organization has {most} campaigns that are drafts or open. End one of them first.")


class NotOnThisSide(Problem):
    """In a campaign a firm buys or sells."""

    code = "campaign-one-side"
    status = 409
    title = N_("In a campaign a firm buys or sells, not both")
    detail = N_(
        "Whoever offers in a campaign does not commit himself in it, and the other way round. Withdraw the one before the other."
    )


class AlreadyCommitted(Problem):
    """One commitment to an item and a place."""

    code = "already-committed"
    status = 409
    title = N_("You have a commitment for this item and place already")
    detail = N_("Change that one, or withdraw it and make a new one.")


class TooManyCommitments(Problem):
    """As many as a member, or an item, may have."""

    code = "too-many-commitments"
    status = 409
    title = N_("No more commitments are taken here")
    detail = N_("A member has {most} commitments to a campaign at most, and an item {of_item} in all.")


class CommitmentEnded(Problem):
    """What was withdrawn stays so."""

    code = "commitment-withdrawn"
    status = 409
    title = N_("This commitment does not stand any more")
    detail = N_("It was withdrawn, or not approved. Make a new one instead, before the freeze.")


class DepositUnderWay(Problem):
    """What becomes of the payment method is not known for a moment."""

    code = "deposit-under-way"
    status = 409
    title = N_("The deposit is being secured just now")
    detail = N_(
        "Nothing was changed. Change the commitment again in {retry_after_seconds} seconds, or give a payment method with "
        "the change."
    )

    def __init__(self, *, retry_after_seconds: int = 5, **params: Any) -> None:
        super().__init__(
            headers={"Retry-After": str(retry_after_seconds)}, retry_after_seconds=retry_after_seconds, **params
        )


class CampaignOfferEnded(Problem):
    """What was revised or withdrawn stays so."""

    code = "campaign-offer-ended"
    status = 409
    title = N_("This offer does not stand any more")
    detail = N_("It was revised or withdrawn. Make a new one before the freeze.")


class PricesPublished(Problem):
    """In a campaign of a supplier nobody else offers, and what he published stands."""

    code = "campaign-prices-published"
    status = 409
    title = N_("The prices of this campaign are published")
    detail = N_("A supplier leads this campaign with prices of his own. Nobody else offers in it, and they stand.")


class DepositNotDeclined(Problem):
    """There is nothing to pay otherwise, or it is too late for it."""

    code = "deposit-not-declined"
    status = 409
    title = N_("There is no deposit to be paid otherwise")
    detail = N_(
        "Another payment method is taken for a deposit that was declined, as long as there is time. Read the commitment again."
    )


class NoDepositDue(Problem):
    """Nothing is to be paid, so nobody can refuse to."""

    code = "no-deposit-due"
    status = 409
    title = N_("There is no deposit that you could leave unpaid")
    detail = N_(
        "Whoever is served and whose deposit was declined may say that he will not pay it, until all is ordered. What you have "
        "committed yourself to and secured binds from the freeze on. Read the commitment again."
    )


class SuppliersBid(Problem):
    """In an auction a supplier bids once members are frozen, and what he has bid binds."""

    code = "campaign-is-auction"
    status = 409
    title = N_("In this campaign suppliers bid")
    detail = N_(
        "This campaign is a reverse auction: suppliers bid from the members' freeze on, and a bid binds until it is replaced by "
        "a better one."
    )


class NotABuyer(Problem):
    """Commitments are of those who buy."""

    code = "for-buyers"
    status = 403
    title = N_("This is for buyers")
    detail = N_("Your organization is not registered as a buyer.")


class NotASupplier(Problem):
    """Offers are of those who sell."""

    code = "for-suppliers"
    status = 403
    title = N_("This is for suppliers")
    detail = N_("Your organization is not registered as a supplier.")
