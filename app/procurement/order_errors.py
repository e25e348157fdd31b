"""What is refused about awards, orders and milestones."""

from app.kit.errors import Problem
from app.kit.locales import N_


class QuotesNotOpened(Problem):
    """An award before the opening."""

    code = "quotes-not-opened"
    status = 409
    title = N_("The quotes have not been opened")
    detail = N_("An inquiry is awarded after its quotes were opened, from {opens_at} (UTC) on.")


class LinesAwarded(Problem):
    """Somebody was quicker, or the line was awarded before."""

    code = "lines-awarded"
    status = 409
    title = N_("A line is awarded already")
    detail = N_("Each line is awarded once. Awarded already: {positions}.")


class AwardSettled(Problem):
    """An award of lines that the buyer left out for good."""

    code = "award-settled"
    status = 409
    title = N_("The award of this inquiry is settled")
    detail = N_("Only lines whose order was rejected or cancelled can be awarded again. Not among them: {positions}.")


class QuoteExpired(Problem):
    """An award of a quote that no longer binds its supplier."""

    code = "quote-expired"
    status = 409
    title = N_("This quote has expired")
    detail = N_("The quote of {firm} was valid until {valid_until}. Ask for a new inquiry or choose another quote.")


class ConfirmationExpired(Problem):
    """An order by a confirmed price whose time has passed."""

    code = "price-confirmation-expired"
    status = 409
    title = N_("This price confirmation has expired")
    detail = N_("The price of {sku} was confirmed until {valid_until} (UTC). Have it confirmed again and order then.")


class ConfirmationUsed(Problem):
    """An order by a confirmed price that was ordered already."""

    code = "price-confirmation-used"
    status = 409
    title = N_("This price confirmation was ordered already")
    detail = N_("Each confirmation is ordered once. Ordered already: {skus}. Have the prices confirmed again.")


class ItemWithdrawn(Problem):
    """An order of something that its supplier no longer lists."""

    code = "item-withdrawn"
    status = 409
    title = N_("An item is no longer offered")
    detail = N_(
        "The supplier has withdrawn it from the catalogue: {skus}. Ask him with an inquiry, or choose another item."
    )


class OrderTooLarge(Problem):
    """A total beyond what is stored."""

    code = "order-too-large"
    status = 422
    title = N_("The order is too large")
    detail = N_("An order is worth at most {limit_minor} minor units of its currency.")


class OrderStateConflict(Problem):
    """A step that the order's state does not allow."""

    code = "order-state-conflict"
    status = 409
    title = N_("The order does not allow this in its present state")
    detail = N_("Its state is “{state}”. Read the order again to see what can be done with it now.")


class PooledOrderBinds(Problem):
    """A buyer takes back what he has committed himself to."""

    code = "pooled-order-binds"
    status = 409
    title = N_("A pooled order binds its buyer")
    detail = N_(
        "Order {number} fulfils your commitment under the framework order {pool_number}. "
        "You cannot cancel it by yourself; until the supplier acknowledges it, he can still reject it."
    )


class OrderNotDraft(Problem):
    """An edit of an order that somebody has approved or received."""

    code = "order-not-draft"
    status = 409
    title = N_("This order can no longer be edited")
    detail = N_("Only a draft can be edited, so that nobody approves or receives one thing and gets another.")


class OrderUnfinished(Problem):
    """Closing while something is left to do."""

    code = "order-unfinished"
    status = 409
    title = N_("The order is not finished")
    detail = N_("Before it is closed, these milestones must be accepted: {milestones}.")


class MilestoneStateConflict(Problem):
    """A step that the milestone's state does not allow."""

    code = "milestone-state-conflict"
    status = 409
    title = N_("The milestone does not allow this in its present state")
    detail = N_("Its state is “{state}”. Evidence is submitted first, then accepted or returned.")


class MilestoneWaits(Problem):
    """Evidence before its turn."""

    code = "milestone-waits"
    status = 409
    title = N_("Other milestones come first")
    detail = N_("Before this milestone, these must be done: {milestones}.")


class MilestoneNotOptional(Problem):
    """A waiver of something that was agreed."""

    code = "milestone-not-optional"
    status = 409
    title = N_("This milestone cannot be left out")
    detail = N_(
        "Only milestones that the template marks as optional, and that carry no share of the price, are waived."
    )


class NoFurtherTrial(Problem):
    """A repeat trial out of its time."""

    code = "no-further-trial"
    status = 409
    title = N_("No further trial can be added now")
    detail = N_(
        "A further trial follows the last one when its evidence has been submitted, and before later milestones are accepted."
    )
