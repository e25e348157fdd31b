"""The JSON format of load requests and load plans. Units end the names; figures that must stay exact are decimals."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.kit.schemas import Input, Output, PlainDecimal
from app.logistics.loading.cargo import BoxSide, LoadedFrom, Reason, Turn
from app.logistics.loading.limits import MAX_BOXES, MAX_MASS_KG, MAX_SIDE_MM, MAX_SPACES, MAX_STOPS, MAX_TYPES

Key = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Millimetres = Annotated[int, Field(strict=True, ge=1, le=MAX_SIDE_MM)]
Position = Annotated[int, Field(strict=True, ge=-MAX_SIDE_MM, le=2 * MAX_SIDE_MM)]
Kilograms = Annotated[PlainDecimal, Field(ge=0, le=MAX_MASS_KG, max_digits=9, decimal_places=3)]


class BoxIn(Input):
    """A line of the packing list: packages or moulds that are alike."""

    id: Key = Field(description="What this line is called in the plan; each once.", examples=["MOULD-1"])
    name: Name | None = Field(None, description="What people call it.", examples=["8-cavity cap mould"])
    consignment: Key | None = Field(None, description="The consignment it belongs to: pictures colour by it.")
    count: int = Field(ge=1, le=MAX_BOXES, strict=True, description="How many there are.")
    length_mm: Millimetres = Field(description="Outside length, in mm.")
    width_mm: Millimetres = Field(description="Outside width, in mm.")
    height_mm: Millimetres = Field(description="Outside height, in mm.")
    mass_kg: Kilograms = Field(Decimal(0), description="Gross mass of one, in kg. 0 does not count.")
    upright_sides: list[BoxSide] | None = Field(
        None, min_length=1, max_length=3, description="Which sides may stand vertically. All three by default."
    )
    turnable: bool = Field(True, description="Whether it may be turned about the vertical axis.")
    lifting_side: BoxSide | None = Field(
        None,
        description=(
            "The side that a mould hangs by when it is lifted: only this one may stand vertically, and unless "
            "max_top_load_kg says otherwise nothing may stand on it."
        ),
    )
    max_top_load_kg: Kilograms | None = Field(
        None, description="The greatest mass that may stand on one of them, at any height above. 0: nothing may."
    )
    max_top_pressure_kg_m2: Kilograms | None = Field(
        None, description="The greatest pressure under anything that stands on it, in kg per square metre."
    )
    stop: int = Field(1, ge=1, le=MAX_STOPS, strict=True, description="Where it is unloaded: 1 first.")

    @model_validator(mode="after")
    def _lifted_upright(self) -> "BoxIn":
        if self.lifting_side and self.upright_sides and set(self.upright_sides) != {self.lifting_side}:
            raise PydanticCustomError("value_error", "upright_sides contradicts lifting_side")
        return self


class SupportIn(Input):
    """An axle, a group of axles or the kingpin."""

    at_mm: Position = Field(description="Distance from the far wall towards the door; negative ahead of that wall.")
    tare_kg: Kilograms = Field(description="What it carries when nothing is loaded.")
    limit_kg: Kilograms = Field(description="What it may carry.")


class TractorIn(Input):
    """The tractor under a semi-trailer's kingpin."""

    wheelbase_mm: Millimetres = Field(description="Front axle to drive axle.")
    fifth_wheel_mm: Millimetres = Field(description="Front axle to fifth wheel.")
    front_tare_kg: Kilograms
    front_limit_kg: Kilograms
    drive_tare_kg: Kilograms
    drive_limit_kg: Kilograms

    @model_validator(mode="after")
    def _between(self) -> "TractorIn":
        if self.fifth_wheel_mm > self.wheelbase_mm:
            raise PydanticCustomError("value_error", "the fifth wheel lies behind the drive axle")
        return self


class AxlesIn(Input):
    """A vehicle's two supports. With a tractor, the front one is the kingpin."""

    front: SupportIn
    rear: SupportIn
    tractor: TractorIn | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "AxlesIn":
        if self.rear.at_mm <= self.front.at_mm:
            raise PydanticCustomError("value_error", "the rear support must lie behind the front one")
        return self


class SpaceIn(Input):
    """A load space by its measures, where no type fits."""

    name: Name
    length_mm: Millimetres = Field(description="Inside length, far wall to door, in mm.")
    width_mm: Millimetres = Field(description="Inside width, in mm.")
    height_mm: Millimetres = Field(description="Inside height, in mm.")
    door_width_mm: Millimetres | None = Field(None, description="Without a door, its measures do not limit boxes.")
    door_height_mm: Millimetres | None = None
    payload_kg: Kilograms | None = Field(None, description="Without it, mass is not limited.")
    tare_kg: Kilograms = Decimal(0)
    loaded_from: LoadedFrom = LoadedFrom.REAR
    axles: AxlesIn | None = None


class ContainerIn(Input):
    """Containers or trucks that are alike: by type, or by their measures."""

    type: Key | None = Field(None, description="A code of containers.yaml.", examples=["40HC"])
    space: SpaceIn | None = Field(None, description="Measures instead of a type.")
    count: int = Field(1, ge=1, le=MAX_SPACES, strict=True, description="How many there are.")

    @model_validator(mode="after")
    def _one_of_both(self) -> "ContainerIn":
        if (self.type is None) == (self.space is None):
            raise PydanticCustomError("value_error", "give a type or a space")
        return self


class LoadRequestIn(Input):
    """What is to be loaded into what. Load spaces are filled in the order given."""

    containers: list[ContainerIn] = Field(min_length=1, max_length=MAX_SPACES)
    boxes: list[BoxIn] = Field(min_length=1, max_length=MAX_TYPES)


class PointOut(Output):
    """A point in the load space: from the far wall, from the left side wall as seen from the door, from the floor."""

    x_mm: int
    y_mm: int
    z_mm: int


class StepOut(PointOut):
    """One box in the order of loading. The point is its corner nearest to far wall, left wall and floor."""

    step: int
    box: str
    number: int = Field(description="Which of the boxes of its line, from 1.")
    consignment: str | None
    stop: int
    turn: Turn = Field(description="Which of its length, width and height lie along x, y and z.")
    along_x_mm: int
    along_y_mm: int
    along_z_mm: int


class AxleLoadOut(Output):
    """What an axle group carries under this load, the empty vehicle included."""

    place: str = Field(description="front, drive, kingpin or rear")
    load_kg: PlainDecimal
    limit_kg: PlainDecimal


class LoadOut(Output):
    """One load space and what stands in it."""

    container: str
    name: str
    boxes: int
    mass_kg: PlainDecimal
    volume_use_pct: PlainDecimal
    centre_of_gravity: PointOut | None
    axle_loads: list[AxleLoadOut]
    steps: list[StepOut]


class LeftOverOut(Output):
    """Boxes of a line that stay behind, and why."""

    box: str
    count: int
    reason: Reason
    explanation: str = Field(description="The reason in the reader's language.")


class LoadPlanOut(Output):
    """The plan for a request."""

    loads: list[LoadOut]
    left_over: list[LeftOverOut]
