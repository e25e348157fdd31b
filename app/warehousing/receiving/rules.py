"""What came against what was announced, where it is put away, what measured values say. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal, localcontext
from uuid import UUID

from app.warehousing.receiving.states import DifferenceKind, Verdict
from app.warehousing.rules import COUNTED_UNITS
from app.warehousing.states import StockStatus

ZERO = Decimal(0)
Kind = tuple[UUID, UUID | None]
"""What goods are: item and lot."""


@dataclass(frozen=True, slots=True)
class Came:
    """So much that came: of a line of the arrival, or of none."""

    line_id: UUID | None
    item_id: UUID
    quantity: Decimal
    status: StockStatus


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which what came differs from what was announced."""

    line_id: UUID | None
    item_id: UUID
    kind: DifferenceKind
    quantity: Decimal


def differences(announced: Sequence[tuple[UUID, UUID, Decimal]], came: Iterable[Came]) -> list[Difference]:
    """Compare lines of an arrival, (line, item, quantity) each, with what came.

    Damaged pieces have come: they are no short delivery, and are told beside it.
    """
    total: dict[UUID | None, Decimal] = {}
    damaged: dict[UUID | None, Decimal] = {}
    strays: dict[UUID, Decimal] = {}
    for one in came:
        if one.line_id is None:
            strays[one.item_id] = strays.get(one.item_id, ZERO) + one.quantity
            continue
        total[one.line_id] = total.get(one.line_id, ZERO) + one.quantity
        if one.status == StockStatus.DAMAGED:
            damaged[one.line_id] = damaged.get(one.line_id, ZERO) + one.quantity
    found = []
    for line_id, item_id, quantity in announced:
        beyond = total.get(line_id, ZERO) - quantity
        for kind, amount in (
            (DifferenceKind.SHORT, -beyond),
            (DifferenceKind.OVER, beyond),
            (DifferenceKind.DAMAGED, damaged.get(line_id, ZERO)),
        ):
            if amount > 0:
                found.append(Difference(line_id, item_id, kind, amount))
    found += [
        Difference(None, item_id, DifferenceKind.UNANNOUNCED, amount) for item_id, amount in sorted(strays.items())
    ]
    return found


@dataclass(frozen=True, slots=True)
class Load:
    """Goods to be put away: so many units of `mass_kg` and `volume_dm3` each (zero where it is not known)."""

    balance_id: UUID
    kind: Kind
    quantity: Decimal
    unit: str
    mass_kg: Decimal
    volume_dm3: Decimal


@dataclass(slots=True)
class Room:
    """A bin of a storage zone and what it still takes; None is without limit. `holds` is what lies in it."""

    bin_id: UUID
    code: str
    mass_kg: Decimal | None
    volume_dm3: Decimal | None
    holds: set[Kind]

    def takes(self, load: Load, quantity: Decimal) -> Decimal:
        """How much of so many units fits, in whole pieces where they are counted, else in thousandths."""
        step = Decimal(1) if load.unit in COUNTED_UNITS else Decimal("0.001")
        with localcontext(prec=60):
            for spare, each in ((self.mass_kg, load.mass_kg), (self.volume_dm3, load.volume_dm3)):
                if spare is not None and each > 0:
                    quantity = min(quantity, max(spare, ZERO) / each)
            return quantity.quantize(step, rounding=ROUND_DOWN)

    def put(self, load: Load, quantity: Decimal) -> None:
        """Take so much of it in."""
        if self.mass_kg is not None:
            self.mass_kg -= quantity * load.mass_kg
        if self.volume_dm3 is not None:
            self.volume_dm3 -= quantity * load.volume_dm3
        self.holds.add(load.kind)


@dataclass(frozen=True, slots=True)
class Placed:
    """So much of a balance into a bin."""

    balance_id: UUID
    bin_id: UUID
    code: str
    quantity: Decimal


def put_away(loads: Sequence[Load], rooms: Sequence[Room]) -> list[Placed]:
    """Suggest bins: first where the same item and lot lies, then where the same item lies, then empty ones.

    Of empty bins the one is taken that has the least to spare and yet holds all that is left; if none does, the one that holds
    most of it, and so on. What finds no room is left out. Bins with other goods in them are not mixed. `rooms` are used up.
    """
    placed: list[Placed] = []
    empty = sorted((room for room in rooms if not room.holds), key=_by_spare)
    used = [room for room in rooms if room.holds]
    for load in loads:
        left = load.quantity
        alike = [room for room in used if any(item_id == load.kind[0] for item_id, _ in room.holds)]
        for room in sorted(alike, key=lambda room: (load.kind not in room.holds, room.code)):
            left = _place(placed, room, load, left)
        while left > 0:
            found = next((room for room in empty if room.takes(load, left) == left), None)
            best = found or max(empty, key=lambda room: room.takes(load, left), default=None)
            if best is None or best.takes(load, left) <= 0:
                break
            left = _place(placed, best, load, left)
            empty.remove(best)
            used.append(best)
    return placed


def _place(placed: list[Placed], room: Room, load: Load, left: Decimal) -> Decimal:
    """What is left after so much as fits was put into a bin."""
    taken = room.takes(load, left)
    if taken <= 0:
        return left
    room.put(load, taken)
    placed.append(Placed(load.balance_id, room.bin_id, room.code, taken))
    return left - taken


def _by_spare(room: Room) -> tuple[Decimal, Decimal, str]:
    boundless = Decimal("Infinity")
    return (
        boundless if room.mass_kg is None else room.mass_kg,
        boundless if room.volume_dm3 is None else room.volume_dm3,
        room.code,
    )


@dataclass(frozen=True, slots=True)
class Capability:
    """What the values of a characteristic say. Mean and deviation in its unit, to a millionth; indices to a thousandth.

    `deviation` is None for fewer than two values; the indices also where it is zero, and `cp` without both limits.
    """

    count: int
    out: int
    least: Decimal | None
    greatest: Decimal | None
    mean: Decimal | None
    deviation: Decimal | None
    cp: Decimal | None
    cpk: Decimal | None
    verdict: Verdict


def capability(values: Sequence[Decimal], lower: Decimal | None, upper: Decimal | None) -> Capability:
    """Judge values against limits of size, which are still within tolerance.

    With s the sample standard deviation over all values (n - 1 in the denominator): Cp = (upper - lower) / 6s and
    Cpk = min(upper - mean, mean - lower) / 3s; with one limit, Cpk is that side's. Source: NIST/SEMATECH e-Handbook of
    Statistical Methods, section 6.1.6. There are no subgroups here: whoever tells short-term from overall variation calls these
    Pp and Ppk.
    """
    if not values:
        return Capability(0, 0, None, None, None, None, None, None, Verdict.NOT_MEASURED)
    out = sum((lower is not None and value < lower) or (upper is not None and value > upper) for value in values)
    cp = cpk = deviation = None
    with localcontext(prec=60):
        mean = sum(values, ZERO) / len(values)
        if len(values) > 1:
            deviation = (sum(((value - mean) ** 2 for value in values), ZERO) / (len(values) - 1)).sqrt()
        # Equal values have no spread, whatever rounding left of the mean.
        if deviation is not None and min(values) == max(values):
            deviation = ZERO
        if deviation:
            sides = [upper - mean] if upper is not None else []
            sides += [mean - lower] if lower is not None else []
            cpk = _rounded(min(sides) / (3 * deviation), 3) if sides else None
            if upper is not None and lower is not None:
                cp = _rounded((upper - lower) / (6 * deviation), 3)
        return Capability(
            count=len(values),
            out=out,
            least=min(values),
            greatest=max(values),
            mean=_rounded(mean, 6),
            deviation=None if deviation is None else _rounded(deviation, 6),
            cp=cp,
            cpk=cpk,
            verdict=Verdict.OUT_OF_TOLERANCE if out else Verdict.IN_TOLERANCE,
        )


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """One verdict of many: out of tolerance where one is, else not measured where one is not."""
    found = set(verdicts)
    for verdict in (Verdict.OUT_OF_TOLERANCE, Verdict.NOT_MEASURED):
        if verdict in found:
            return verdict
    return Verdict.IN_TOLERANCE if found else Verdict.NOT_MEASURED


def limits(nominal: Decimal, lower: Decimal | None, upper: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    """Limits of size from a nominal size and the deviations allowed from it."""
    return (None if lower is None else nominal + lower, None if upper is None else nominal + upper)


def received(came: Iterable[Came]) -> Mapping[UUID, tuple[Decimal, Decimal]]:
    """(all that came, damaged of it) by line of the arrival."""
    sums: dict[UUID, tuple[Decimal, Decimal]] = {}
    for one in came:
        if one.line_id is not None:
            total, damaged = sums.get(one.line_id, (ZERO, ZERO))
            broken = one.quantity if one.status == StockStatus.DAMAGED else ZERO
            sums[one.line_id] = (total + one.quantity, damaged + broken)
    return sums
