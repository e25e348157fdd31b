"""Reads load requests and writes load plans, as JSON."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from pydantic import ValidationError

from app.kit.errors import BodyTooLarge, FieldError, Invalid
from app.kit.findings import from_validation
from app.kit.locales import N_, NP_, current_locale, translate
from app.logistics.loading import schemas
from app.logistics.loading.balance import centre_of_gravity, loads_of
from app.logistics.loading.cargo import Axles, BoxSide, BoxType, Load, LoadSpace, Plan, Reason, Support, Tractor
from app.logistics.loading.containers import container_types
from app.logistics.loading.limits import MAX_BOXES, MAX_FILE_BYTES, MAX_SPACES, MAX_TOTAL_MASS_KG

_GRAMS = 1000

REASONS: dict[Reason, tuple[str, str]] = {
    Reason.TOO_LARGE: NP_("load plan", "It fits into none of the load spaces, however it is turned."),
    Reason.DOOR: NP_("load plan", "It does not pass through the door as it may stand."),
    Reason.TOO_HEAVY: NP_("load plan", "One alone is heavier than the payload."),
    Reason.PAYLOAD: NP_("load plan", "The payload is used up."),
    Reason.AXLES: NP_("load plan", "An axle would be overloaded or relieved too much."),
    Reason.STACKING: NP_("load plan", "What it would stand on does not bear it."),
    Reason.UNLOADING: NP_("load plan", "It would stand behind something that is unloaded later."),
    Reason.NO_SPACE: NP_("load plan", "There is no space left in which it would be supported in full."),
}


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """What is to be loaded, and the load spaces in the order in which they are filled."""

    boxes: tuple[BoxType, ...]
    spaces: tuple[LoadSpace, ...]


def read(data: bytes) -> LoadRequest:
    """A request from JSON. Raises `BodyTooLarge`, `MalformedBody`, or `Invalid` with a JSON pointer for each finding."""
    if len(data) > MAX_FILE_BYTES:
        raise BodyTooLarge(limit_bytes=MAX_FILE_BYTES)
    try:
        form = schemas.LoadRequestIn.model_validate_json(data)
    except ValidationError as error:
        raise from_validation(error) from None
    return understood(form)


def understood(form: schemas.LoadRequestIn) -> LoadRequest:
    """What a request asks for. Raises `Invalid` for what no field can know alone."""
    findings = [*_findings(form)]
    if findings:
        raise Invalid(errors=findings)
    spaces = [space for entry in form.containers for space in [_space_of(entry)] * entry.count]
    return LoadRequest(tuple(_box_type(box) for box in form.boxes), tuple(spaces))


def _findings(form: schemas.LoadRequestIn) -> list[FieldError]:
    """What no field can know alone."""
    found = []
    seen: set[str] = set()
    for place, box in enumerate(form.boxes):
        if box.id in seen:
            message = N_("The id “{id}” is used twice.")
            found.append(FieldError(f"/boxes/{place}/id", "used-twice", message, {"id": box.id}))
        seen.add(box.id)
    if sum(box.count for box in form.boxes) > MAX_BOXES:
        message = N_("A load may have at most {max_boxes} boxes.")
        found.append(FieldError("/boxes", "too-many-boxes", message, {"max_boxes": MAX_BOXES}))
    if sum(box.count * box.mass_kg for box in form.boxes) > MAX_TOTAL_MASS_KG:
        message = N_("All boxes together may weigh at most {max_kg} kg.")
        found.append(FieldError("/boxes", "too-heavy-together", message, {"max_kg": MAX_TOTAL_MASS_KG}))
    if sum(entry.count for entry in form.containers) > MAX_SPACES:
        message = N_("At most {max_spaces} containers and trucks can be planned at once.")
        found.append(FieldError("/containers", "too-many-containers", message, {"max_spaces": MAX_SPACES}))
    for place, entry in enumerate(form.containers):
        if entry.type is not None and entry.type not in container_types():
            expected = ", ".join(container_types())
            message = N_("Choose one of: {expected}.")
            pointer = f"/containers/{place}/type"
            found.append(FieldError(pointer, "unknown-container", message, {"expected": expected}))
    return found


def _grams(kilograms: Decimal) -> int:
    return int(kilograms * _GRAMS)


def _grams_or_none(kilograms: Decimal | None) -> int | None:
    return None if kilograms is None else _grams(kilograms)


def _box_type(box: schemas.BoxIn) -> BoxType:
    top_load_g = _grams_or_none(box.max_top_load_kg)
    upright = frozenset(box.upright_sides or BoxSide)
    if box.lifting_side is not None:
        upright = frozenset({box.lifting_side})
        top_load_g = 0 if top_load_g is None else top_load_g
    return BoxType(
        key=box.id,
        name=box.name or box.id,
        length_mm=box.length_mm,
        width_mm=box.width_mm,
        height_mm=box.height_mm,
        count=box.count,
        mass_g=_grams(box.mass_kg),
        upright=upright,
        turnable=box.turnable,
        top_load_g=top_load_g,
        top_pressure_g_m2=_grams_or_none(box.max_top_pressure_kg_m2),
        stop=box.stop,
        consignment=box.consignment,
    )


def _space_of(entry: schemas.ContainerIn) -> LoadSpace:
    if entry.type is not None:
        return container_types()[entry.type].space
    space = entry.space
    assert space is not None
    return LoadSpace(
        key=space.name,
        name=space.name,
        length_mm=space.length_mm,
        width_mm=space.width_mm,
        height_mm=space.height_mm,
        payload_g=_grams_or_none(space.payload_kg),
        tare_g=_grams(space.tare_kg),
        door_width_mm=space.door_width_mm,
        door_height_mm=space.door_height_mm,
        loaded_from=space.loaded_from,
        axles=None if space.axles is None else _axles(space.axles),
    )


def _axles(axles: schemas.AxlesIn) -> Axles:
    def support(part: schemas.SupportIn) -> Support:
        return Support(part.at_mm, _grams(part.tare_kg), _grams(part.limit_kg))

    tractor = axles.tractor
    return Axles(
        support(axles.front),
        support(axles.rear),
        None
        if tractor is None
        else Tractor(
            tractor.wheelbase_mm,
            tractor.fifth_wheel_mm,
            _grams(tractor.front_tare_kg),
            _grams(tractor.front_limit_kg),
            _grams(tractor.drive_tare_kg),
            _grams(tractor.drive_limit_kg),
        ),
    )


def written(plan: Plan, locale: str | None = None) -> schemas.LoadPlanOut:
    """The plan as a document, its explanations in the reader's language."""
    locale = locale or current_locale()
    return schemas.LoadPlanOut(
        loads=[_load(load, locale) for load in plan.loads],
        left_over=[
            schemas.LeftOverOut(
                box=entry.box.key,
                count=entry.count,
                reason=entry.reason,
                explanation=translate(REASONS[entry.reason], locale),
            )
            for entry in plan.left_over
        ],
    )


def space_name(space: LoadSpace, locale: str) -> str:
    """A known type's name in the reader's language, else the name it was given."""
    known = container_types().get(space.key)
    return known.name(locale) if known is not None and known.space == space else space.name


def kilograms(grams: int | Fraction) -> Decimal:
    """Exact for whole grams; otherwise to the gram."""
    return Decimal(round(grams)) / _GRAMS


def percent(share: float) -> Decimal:
    """A share to two digits."""
    return Decimal(f"{100 * share:.2f}")


def _load(load: Load, locale: str) -> schemas.LoadOut:
    centre = centre_of_gravity(load)
    return schemas.LoadOut(
        container=load.space.key,
        name=space_name(load.space, locale),
        boxes=len(load.placed),
        mass_kg=kilograms(load.mass_g),
        volume_use_pct=percent(load.volume_share),
        centre_of_gravity=centre
        and schemas.PointOut(x_mm=round(centre.x_mm), y_mm=round(centre.y_mm), z_mm=round(centre.z_mm)),
        axle_loads=[
            schemas.AxleLoadOut(place=each.place, load_kg=kilograms(each.load_g), limit_kg=kilograms(each.limit_g))
            for each in loads_of(load)
        ],
        steps=_steps(load),
    )


def _steps(load: Load) -> list[schemas.StepOut]:
    return [
        schemas.StepOut(
            step=step,
            box=one.box.key,
            number=one.number,
            consignment=one.box.consignment,
            stop=one.box.stop,
            turn=one.turn,
            x_mm=one.x_mm,
            y_mm=one.y_mm,
            z_mm=one.z_mm,
            along_x_mm=one.sizes_mm[0],
            along_y_mm=one.sizes_mm[1],
            along_z_mm=one.sizes_mm[2],
        )
        for step, one in enumerate(load.placed, 1)
    ]
