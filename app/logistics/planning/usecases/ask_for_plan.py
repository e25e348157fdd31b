"""Ask for a load plan."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.ids import new_id
from app.kit.jobs import defer
from app.kit.locales import N_
from app.logistics import queries as shipments
from app.logistics.errors import ShipmentCancelled
from app.logistics.loading import documents
from app.logistics.planning import queries
from app.logistics.planning.errors import LoadPlansWaiting
from app.logistics.planning.limits import MOST_WAITING
from app.logistics.planning.models import LoadPlan
from app.logistics.planning.packing import Task, task_values
from app.logistics.planning.schemas import LoadPlanIn
from app.logistics.planning.work import SOLVE_JOB, lock_of


async def ask_for_plan(session: AsyncSession, actor: Actor, form: LoadPlanIn) -> LoadPlan:
    """Record the task and defer the search. Raises `Invalid`, `ShipmentCancelled`, `LoadPlansWaiting`."""
    request = documents.understood(form)
    if form.shipment_id is not None:
        shipment = await shipments.shipment(session, form.shipment_id)
        if shipment is None or shipment.shipper_id != actor.organization_id:
            message = N_("Name a shipment that your organization sends.")
            raise Invalid(errors=[FieldError("/shipment_id", "unknown-shipment", message)])
        if shipment.cancelled_at is not None:
            raise ShipmentCancelled()
    boxes = sum(box.count for box in request.boxes)
    values = {
        "id": new_id(),
        "owner_id": actor.organization_id,
        "shipment_id": form.shipment_id,
        "name": form.name,
        "seconds": form.seconds,
        "boxes": boxes,
        "spaces": len(request.spaces),
        "task": task_values(Task(request.boxes, request.spaces)),
        "person_id": actor.person_id,
        "client_id": actor.client_id,
    }
    row = await queries.insert_plan(session, values)
    if row is None:
        raise LoadPlansWaiting(most=MOST_WAITING)
    after = {"boxes": boxes, "spaces": len(request.spaces), "shipment_id": str(form.shipment_id or "") or None}
    await audit.record(session, actor, "load_plan.ask", "load_plan", row.id, after=after)
    owner_id = str(row.owner_id)
    await defer(session, SOLVE_JOB, lock=lock_of(row.owner_id), owner_id=owner_id, load_plan_id=str(row.id))
    return row
