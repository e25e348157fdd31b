"""Centre of gravity and axle loads of a load.

Lever rule (statics of a beam on two supports): with the load's moments taken about the front support, the rear support
carries `sum(m_i * (x_i - x_front)) / (x_rear - x_front)` and the front one the rest, each beside what it carries when
the vehicle is empty. A kingpin's load is carried by the tractor in the same way: its rear axle bears the share
`fifth_wheel / wheelbase`, its front axle the rest. VDI 2700 part 4 draws its load distribution diagrams by the same two
equations.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from app.logistics.loading.cargo import Axles, Load, LoadSpace, Placed

ECCENTRIC = Fraction(1, 20)
"""How far, as a share of the length, a container's load may have its centre of gravity from the middle: CTU Code
(IMO/ILO/UNECE 2014), annex 7, section 3."""


@dataclass(frozen=True, slots=True)
class Centre:
    """A centre of gravity, each box taken as of even density."""

    x_mm: Fraction
    y_mm: Fraction
    z_mm: Fraction


@dataclass(frozen=True, slots=True)
class AxleLoad:
    """What one axle or group of axles carries, and what it may: `place` is kingpin, front, drive or rear."""

    place: str
    load_g: Fraction
    limit_g: int

    @property
    def holds(self) -> bool:
        """Whether it is neither overloaded nor lifted off the ground."""
        return 0 <= self.load_g <= self.limit_g


def centre_of_gravity(load: Load) -> Centre | None:
    """Of the boxes by mass; by volume when no mass is known; None when nothing is there."""
    weights = [one.box.mass_g for one in load.placed]
    if not any(weights):
        weights = [one.box.volume_mm3 for one in load.placed]
    total = sum(weights)
    if total == 0:
        return None
    doubled = [0, 0, 0]
    for one, weight in zip(load.placed, weights, strict=True):
        for axis, start in enumerate((one.x_mm, one.y_mm, one.z_mm)):
            doubled[axis] += weight * (2 * start + one.sizes_mm[axis])
    return Centre(*(Fraction(part, 2 * total) for part in doubled))


def axle_loads(axles: Axles, mass_g: int, centre_x_mm: Fraction) -> tuple[AxleLoad, ...]:
    """What each axle group of a vehicle carries under a load of this mass with its centre of gravity there."""
    span = axles.rear.at_mm - axles.front.at_mm
    on_rear = mass_g * (centre_x_mm - axles.front.at_mm) / span
    rear = AxleLoad("rear", axles.rear.tare_g + on_rear, axles.rear.limit_g)
    front_g = axles.front.tare_g + mass_g - on_rear
    if axles.tractor is None:
        return AxleLoad("front", front_g, axles.front.limit_g), rear
    tractor = axles.tractor
    on_drive = front_g * Fraction(tractor.fifth_wheel_mm, tractor.wheelbase_mm)
    return (
        AxleLoad("front", tractor.front_tare_g + front_g - on_drive, tractor.front_limit_g),
        AxleLoad("drive", tractor.rear_tare_g + on_drive, tractor.rear_limit_g),
        AxleLoad("kingpin", front_g, axles.front.limit_g),
        rear,
    )


def loads_of(load: Load) -> tuple[AxleLoad, ...]:
    """The axle loads of a load; nothing for a container, which has no axles of its own."""
    space: LoadSpace = load.space
    if space.axles is None:
        return ()
    centre = centre_of_gravity(load)
    return axle_loads(space.axles, load.mass_g, centre.x_mm if centre else Fraction(0))


def centred(placed: Sequence[Placed], space: LoadSpace) -> tuple[Placed, ...]:
    """A container's load moved towards the door as a whole, until its centre of gravity is in the middle or it meets the
    door. Only where it would lie too far off; a vehicle's load stays where its axles want it."""
    centre = centre_of_gravity(Load(space, tuple(placed)))
    if centre is None or space.axles is not None or not any(one.box.mass_g for one in placed):
        return tuple(placed)
    off = Fraction(space.length_mm, 2) - centre.x_mm
    if off <= ECCENTRIC * space.length_mm:
        return tuple(placed)
    move_mm = min(int(off), space.length_mm - max(one.ends_mm[0] for one in placed))
    return tuple(replace(one, x_mm=one.x_mm + move_mm) for one in placed)
