"""Words of awards, purchase orders and milestones: their states and the legal transitions."""

from enum import StrEnum

from app.kit.locales import NP_


class OrderState(StrEnum):
    """Where a purchase order stands. The supplier knows of it from `issued` on."""

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    ISSUED = "issued"
    ACKNOWLEDGED = "acknowledged"
    REJECTED = "rejected"
    IN_PRODUCTION = "in_production"
    SHIPPED = "shipped"
    ACCEPTED = "accepted"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class MilestoneState(StrEnum):
    """Where a milestone stands. A returned one waits for new evidence."""

    PLANNED = "planned"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    WAIVED = "waived"


class MilestoneAct(StrEnum):
    """What somebody did at a milestone."""

    ADDED = "added"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    WAIVED = "waived"
    COUNTED = "counted"


class Side(StrEnum):
    """Of which of the two parties of an order somebody is."""

    BUYER = "buyer"
    SUPPLIER = "supplier"


class OrderOrigin(StrEnum):
    """What an order comes of: an award of quotes, the catalogue with its confirmed prices, or a pool that bought for its
    members. Exactly one of them."""

    AWARD = "award"
    CATALOGUE = "catalogue"
    POOL = "pool"


class OrderPayment(StrEnum):
    """How an order is paid: by its milestones, or on account, out of the credit that the supplier grants."""

    SCHEDULE = "schedule"
    ACCOUNT = "account"


class OrderLineKind(StrEnum):
    """What an order line is for: a line of the inquiry, an extra that the supplier named in his quote, an item of the
    catalogue, or a member's part of what a pool bought."""

    LINE = "line"
    EXTRA = "extra"
    ITEM = "item"
    POOLED = "pooled"


# Each legal transition, and which side may make it. The same table stands in the database as a trigger.
ORDER_TRANSITIONS: dict[tuple[OrderState, OrderState], Side] = {
    (OrderState.DRAFT, OrderState.AWAITING_APPROVAL): Side.BUYER,
    (OrderState.DRAFT, OrderState.ISSUED): Side.BUYER,
    (OrderState.DRAFT, OrderState.CANCELLED): Side.BUYER,
    (OrderState.AWAITING_APPROVAL, OrderState.ISSUED): Side.BUYER,
    (OrderState.AWAITING_APPROVAL, OrderState.DRAFT): Side.BUYER,
    (OrderState.AWAITING_APPROVAL, OrderState.CANCELLED): Side.BUYER,
    (OrderState.ISSUED, OrderState.ACKNOWLEDGED): Side.SUPPLIER,
    (OrderState.ISSUED, OrderState.REJECTED): Side.SUPPLIER,
    (OrderState.ISSUED, OrderState.CANCELLED): Side.BUYER,
    (OrderState.ACKNOWLEDGED, OrderState.IN_PRODUCTION): Side.BUYER,
    (OrderState.IN_PRODUCTION, OrderState.SHIPPED): Side.BUYER,
    (OrderState.SHIPPED, OrderState.ACCEPTED): Side.BUYER,
    (OrderState.ACCEPTED, OrderState.CLOSED): Side.BUYER,
}

MILESTONE_TRANSITIONS: dict[tuple[MilestoneState, MilestoneState], Side] = {
    (MilestoneState.PLANNED, MilestoneState.SUBMITTED): Side.SUPPLIER,
    (MilestoneState.RETURNED, MilestoneState.SUBMITTED): Side.SUPPLIER,
    (MilestoneState.SUBMITTED, MilestoneState.ACCEPTED): Side.BUYER,
    (MilestoneState.SUBMITTED, MilestoneState.RETURNED): Side.BUYER,
    (MilestoneState.PLANNED, MilestoneState.WAIVED): Side.BUYER,
    (MilestoneState.RETURNED, MilestoneState.WAIVED): Side.BUYER,
}

# In these the supplier works on the order, so evidence is taken and decided on.
UNDER_WAY = frozenset({OrderState.ACKNOWLEDGED, OrderState.IN_PRODUCTION, OrderState.SHIPPED, OrderState.ACCEPTED})

# In these an order no longer binds anybody, and its award lines are free again.
VOID = frozenset({OrderState.REJECTED, OrderState.CANCELLED})

ORDER_STATE_LABELS = {
    OrderState.DRAFT: NP_("order state", "Draft"),
    OrderState.AWAITING_APPROVAL: NP_("order state", "Awaiting approval"),
    OrderState.ISSUED: NP_("order state", "Issued"),
    OrderState.ACKNOWLEDGED: NP_("order state", "Acknowledged"),
    OrderState.REJECTED: NP_("order state", "Rejected by the supplier"),
    OrderState.IN_PRODUCTION: NP_("order state", "In production"),
    OrderState.SHIPPED: NP_("order state", "Shipped"),
    OrderState.ACCEPTED: NP_("order state", "Accepted"),
    OrderState.CLOSED: NP_("order state", "Closed"),
    OrderState.CANCELLED: NP_("order state", "Cancelled"),
}

MILESTONE_STATE_LABELS = {
    MilestoneState.PLANNED: NP_("milestone state", "Planned"),
    MilestoneState.SUBMITTED: NP_("milestone state", "Evidence submitted"),
    MilestoneState.ACCEPTED: NP_("milestone state", "Accepted"),
    MilestoneState.RETURNED: NP_("milestone state", "Returned"),
    MilestoneState.WAIVED: NP_("milestone state", "Waived"),
}

MILESTONE_ACT_LABELS = {
    MilestoneAct.ADDED: NP_("milestone act", "Trial added"),
    MilestoneAct.SUBMITTED: NP_("milestone act", "Evidence submitted"),
    MilestoneAct.ACCEPTED: NP_("milestone act", "Accepted"),
    MilestoneAct.RETURNED: NP_("milestone act", "Returned"),
    MilestoneAct.WAIVED: NP_("milestone act", "Waived"),
    MilestoneAct.COUNTED: NP_("milestone act", "Counts as accepted"),
}

ORDER_ORIGIN_LABELS = {
    OrderOrigin.AWARD: NP_("order origin", "Award"),
    OrderOrigin.CATALOGUE: NP_("order origin", "Catalogue"),
    OrderOrigin.POOL: NP_("order origin", "Pooled purchase"),
}

ORDER_PAYMENT_LABELS = {
    OrderPayment.SCHEDULE: NP_("payment of an order", "By milestones"),
    OrderPayment.ACCOUNT: NP_("payment of an order", "On account"),
}

SIDE_LABELS = {
    Side.BUYER: NP_("side of an order", "Buyer"),
    Side.SUPPLIER: NP_("side of an order", "Supplier"),
}
