"""What freezing a campaign and clearing it agree on."""

from uuid import UUID

FREEZE_JOB = "pooling.freeze_campaign"
CLEAR_JOB = "pooling.clear_campaign"
TELL_JOB = "pooling.tell_members"
TELL_WAITING_JOB = "pooling.tell_waiting"
MOVE_JOB = "pooling.move_deposits"
ORDER_JOB = "pooling.place_orders"
QUEUE = "solving"


def lock_of(campaign_id: UUID) -> str:
    """A campaign is cleared by one worker at a time."""
    return f"campaign-{campaign_id}"


def ordering_lock_of(campaign_id: UUID) -> str:
    """The orders of a campaign are placed by one worker at a time."""
    return f"orders-{campaign_id}"
