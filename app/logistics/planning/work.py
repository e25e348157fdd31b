"""What asking for a plan and working at it agree on."""

from uuid import UUID

SOLVE_JOB = "logistics.solve_load_plan"
QUEUE = "solving"


def lock_of(owner_id: UUID) -> str:
    """One organization's plans are worked out one after the other, so that nobody keeps the others waiting for long."""
    return f"load-plans-{owner_id}"
