"""All that others may call. Planning loads needs no database; what it compiles is loaded when the first plan is asked for, and
what needs a database when that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from app.logistics.inbound import ConsolidatedRef, ConsolidatedShipment, Delivery, GoodsPackage, OnwardPart, Way
from app.logistics.loading import documents, thpack
from app.logistics.loading.cargo import BoxType, Load, LoadSpace, Plan
from app.logistics.loading.checking import Violation, check
from app.logistics.loading.limits import MAX_FILE_BYTES
from app.logistics.states import MODE_LABELS

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

__all__ = [
    "MAX_FILE_BYTES",
    "MODE_LABELS",
    "BoxType",
    "ConsolidatedRef",
    "ConsolidatedShipment",
    "Delivery",
    "GoodsPackage",
    "Load",
    "LoadProblem",
    "LoadSpace",
    "OnwardPart",
    "Plan",
    "Violation",
    "Way",
    "check_load",
    "deliveries",
    "draw_load",
    "load_problems",
    "plan_load",
    "ship_consolidated",
    "told_load",
]


@dataclass(frozen=True, slots=True)
class LoadProblem:
    """Boxes to be put into spaces."""

    name: str
    boxes: Sequence[BoxType]
    spaces: Sequence[LoadSpace]


def load_problems(data: bytes, name: str, *, published: bool = False) -> list[LoadProblem]:
    """The problems in a file: one in our JSON, or several in the text form of published instances (thpack). Raises `Invalid` or
    `BodyTooLarge`."""
    if published:
        return [LoadProblem(str(one.number), one.box_types(), [one.space()]) for one in thpack.read(data)]
    request = documents.read(data)
    return [LoadProblem(name, request.boxes, request.spaces)]


def plan_load(problem: LoadProblem, *, seconds: float = 2.0, rounds: int | None = None, seed: int = 1) -> Plan:
    """Search for a plan for so long, or for so many rounds; the same rounds and seed give the same plan."""
    from app.logistics.loading.solving import Effort
    from app.logistics.loading.solving import plan_load as solved

    return solved(problem.boxes, problem.spaces, Effort(seconds=seconds, rounds=rounds, seed=seed))


def check_load(problem: LoadProblem, plan: Plan) -> Sequence[Violation]:
    """What a plan breaks, by a checker that shares nothing with the search."""
    return check(plan, problem.boxes, problem.spaces)


def told_load(plan: Plan, locale: str) -> dict[str, object]:
    """A plan as JSON values, with its steps, in a language."""
    return documents.written(plan, locale).model_dump(mode="json")


def draw_load(load: Load, locale: str) -> str:
    """A picture of one loaded space (SVG), in a language."""
    from app.logistics.loading.drawing import draw

    return draw(load, locale)


async def ship_consolidated(session: "AsyncSession", asked: ConsolidatedShipment) -> ConsolidatedRef:
    """Plan goods of several: one shipment to a hub, and from there one to each who receives. All of it or nothing.

    Call it while acting for the shipper. Whoever tries again under the same key finds what stands. Each who receives sees his
    own shipment and how far the common one is, and nothing of the others. Raises `Invalid` with pointers into `asked`, and
    `ValueError` for no parts, more than 500, one twice, or others than were planned under this key.
    """
    from app.logistics.usecases.ship_consolidated import ship_consolidated as planned

    return await planned(session, asked)


async def deliveries(session: "AsyncSession", planned: Mapping[UUID, UUID]) -> dict[UUID, Delivery]:
    """How far the goods are that shippers had planned under keys: {key: shipper}; absent is what is not planned, or not for the
    acting organization to see. In as many statements for many as for one."""
    from app.logistics.deliveries import deliveries_out

    return await deliveries_out(session, planned)
