"""Words of counts and transfers."""

from enum import StrEnum

from app.kit.locales import NP_
from app.warehousing.states import MoveReason, Outside


class CountState(StrEnum):
    """Open → counted → approved; cancelled from the first two. The last two are ends."""

    OPEN = "open"
    COUNTED = "counted"
    APPROVED = "approved"
    CANCELLED = "cancelled"


RUNNING = (CountState.OPEN, CountState.COUNTED)
"""A bin is in one running count at most."""


class TransferState(StrEnum):
    """Planned → in transit → received; or cancelled while planned. The last two are ends."""

    PLANNED = "planned"
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class Loss(StrEnum):
    """What became of goods that did not arrive: nobody finds them, or they are not worth having."""

    COUNT = "count"
    SCRAP = "scrap"


LOST_BY = {
    Loss.COUNT: (MoveReason.COUNT, Outside.COUNT),
    Loss.SCRAP: (MoveReason.SCRAP, Outside.SCRAP),
}
"""How a loss stands in the ledger."""

COUNT_STATE_LABELS = {
    CountState.OPEN: NP_("stock count state", "Being counted"),
    CountState.COUNTED: NP_("stock count state", "Counted"),
    CountState.APPROVED: NP_("stock count state", "Approved"),
    CountState.CANCELLED: NP_("stock count state", "Cancelled"),
}

TRANSFER_STATE_LABELS = {
    TransferState.PLANNED: NP_("stock transfer state", "Planned"),
    TransferState.IN_TRANSIT: NP_("stock transfer state", "In transit"),
    TransferState.RECEIVED: NP_("stock transfer state", "Received"),
    TransferState.CANCELLED: NP_("stock transfer state", "Cancelled"),
}
