"""What is announced about load plans."""

from uuid import UUID

from app.kit.outbox import Event


class LoadPlanDone(Event, name="logistics.load_plan_done.v1", subject=("load_plan", "load_plan_id")):
    """The work on a load plan has ended: `state` is `done` or `failed`. Of a cancelled one nothing is told."""

    load_plan_id: UUID
    owner_id: UUID
    shipment_id: UUID | None
    state: str
    boxes: int
    loaded: int | None
    spaces_used: int | None
    failure: str | None
