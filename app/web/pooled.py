"""What the pages of campaigns read from forms and say in words. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal
from unicodedata import normalize

from babel.dates import format_timedelta
from starlette.datastructures import FormData

from app.kit.errors import FieldError
from app.kit.locales import N_, cldr
from app.reference import facade as reference
from app.web.forms import typed

Document = Mapping[str, Any]

MOST_LETTERS = 24
ARABIC_POINT = "\u066b"
_UNITS: tuple[tuple[Literal["day", "hour", "minute", "second"], int], ...] = (
    ("day", 86_400),
    ("hour", 3_600),
    ("minute", 60),
    ("second", 1),
)
"""The script counts on in the same ones: two of a unit at least."""

_AIMS = (("lots", N_("Quantity served, in lots")), ("cost_minor", N_("Cost of it")))
"""What a reader is told the proof of; how the draw among equals fell is no merit."""


ADVICE = {
    "pending": N_("The bank is being asked. Look again in some minutes."),
    "charging": N_("The bank is being asked. Look again in some minutes."),
    "capturing": N_("The bank is being asked. Look again in some minutes."),
    "held": N_("The amount is held at your bank and taken only if you are served."),
    "saved": N_("Your payment method is charged when the campaign is frozen."),
    "defaulted": N_("It was not paid in time, so the campaign was cleared again without this commitment."),
}
"""What a deposit's state means to who pays it, where its name does not say it all."""


def time_left(seconds: int, locale: str) -> str:
    """“in 3 days”."""
    unit, size = next((unit, size) for unit, size in _UNITS if seconds >= 2 * size or size == 1)
    left = timedelta(seconds=max(1, round(seconds / size)) * size)
    return format_timedelta(left, granularity=unit, threshold=float("inf"), add_direction=True, locale=cldr(locale))


def left_for(locale: str) -> Callable[[int], str]:
    """`time_left` in a language, as templates call it."""
    return lambda seconds: time_left(seconds, locale)


def decimal_of(text: str, decimals: int = MOST_LETTERS) -> Decimal | None:
    """A number as somebody types it, with a point or a comma, in digits of any script; None when it is none, or is typed with
    more decimals: `1.500` is fifteen hundred to one reader and one and a half to the next."""
    plain = normalize("NFKC", text).strip().replace(",", ".").replace(ARABIC_POINT, ".")
    try:
        number = Decimal(plain)
    except ArithmeticError:
        return None
    typed = len(plain.partition(".")[2])
    return number if number.is_finite() and abs(number.adjusted()) < MOST_LETTERS and typed <= decimals else None


def minor_of(text: str, exponent: int) -> int | None:
    """An amount as somebody types it, in minor units; None when it is none, or finer than the currency."""
    number = decimal_of(text, exponent)
    scaled = number.scaleb(exponent) if number is not None else None
    return int(scaled) if scaled is not None and scaled == scaled.to_integral_value() else None


def decimals_of(item: Document) -> int:
    """How many decimals a quantity of an item may have: as many as its lot."""
    return max(0, -int(Decimal(str(item["lot"]["value"])).normalize().as_tuple().exponent))


def major(minor: int, exponent: int) -> str:
    """An amount as a form takes it back."""
    return format(Decimal(minor).scaleb(-exponent), "f")


def _plain(quantity: str | int | float) -> str:
    """A quantity as a form takes it back."""
    return format(Decimal(str(quantity)).normalize(), "f")


class Reading:
    """A form that is read field by field; `errors` are what is no number, with the API's pointers."""

    def __init__(self, form: FormData, exponent: int) -> None:
        self.form, self.exponent = form, exponent
        self.errors: list[FieldError] = []

    def text(self, name: str) -> str:
        """A line, without what PostgreSQL does not take."""
        return typed(self.form, name, 200).strip()

    def number(self, name: str, pointer: str, item: Document | None) -> Decimal | None:
        """A quantity of an item; of one that is not known it need only be a number."""
        if item is None:
            found = decimal_of(self.text(name))
            error = FieldError(pointer, "not-a-number", N_("Give a quantity as a number."))
        else:
            decimals = decimals_of(item)
            found = decimal_of(self.text(name), decimals)
            message = N_("Give a quantity as a number, with {decimals} decimals at most.")
            error = FieldError(pointer, "not-a-number", message, {"decimals": decimals})
        if found is None:
            self.errors.append(error)
        return found

    def amount(self, name: str, pointer: str, default: int | None = None) -> int | None:
        """Money in minor units; `default` when the field was left empty."""
        text = self.text(name)
        if not text and default is not None:
            return default
        found = minor_of(text, self.exponent)
        if found is None:
            message = N_("Give an amount as a number, with {decimals} decimals at most.")
            self.errors.append(FieldError(pointer, "not-an-amount", message, {"decimals": self.exponent}))
        return found


def commitment_of(reading: Reading, campaign: Document) -> dict[str, Any]:
    """The form of a commitment as the API takes it; the currency is the campaign's."""
    items = titles(campaign)
    form: dict[str, Any] = {
        "item_id": reading.text("item_id"),
        "quantity": reading.number("quantity", "/quantity", items.get(reading.text("item_id"))),
        "place": reading.text("place"),
        "limit_minor": reading.amount("limit", "/limit_minor"),
        "reference": reading.text("reference")[:60] or None,
        "payment_method": reading.text("payment_method") or None,
    }
    if instead := reading.text("substitute_item_id"):
        form["substitute"] = {
            "item_id": instead,
            "quantity": reading.number("substitute_quantity", "/substitute/quantity", items.get(instead)),
            "limit_minor": reading.amount("substitute_limit", "/substitute/limit_minor"),
        }
    return form


def offer_of(reading: Reading, campaign: Document, rows: int) -> list[dict[str, Any]]:
    """The items of an offer as the API takes them: those of which the form names a tier."""
    items: list[dict[str, Any]] = []
    for item in campaign["items"]:
        key, pointer = item["id"], f"/items/{len(items)}"
        filled = [n for n in range(rows) if reading.text(f"{key}.from.{n}") or reading.text(f"{key}.price.{n}")]
        if not filled:
            continue
        codes = [place["code"] for place in campaign["places"] if reading.text(f"{key}.freight.{place['code']}")]
        items.append(
            {
                "item_id": key,
                "tiers": [
                    {
                        "from_quantity": reading.number(f"{key}.from.{n}", f"{pointer}/tiers/{at}/from_quantity", item),
                        "price_minor": reading.amount(f"{key}.price.{n}", f"{pointer}/tiers/{at}/price_minor"),
                    }
                    for at, n in enumerate(filled)
                ],
                "capacity": reading.number(f"{key}.capacity", f"{pointer}/capacity", item),
                "setup_minor": reading.amount(f"{key}.setup", f"{pointer}/setup_minor", 0),
                "freight_minor": {
                    code: reading.amount(f"{key}.freight.{code}", f"{pointer}/freight_minor/{code}") for code in codes
                },
                "lead_time_days": reading.text(f"{key}.days") or None,
            }
        )
    return items


def commitment_values(commitment: Document, exponent: int) -> dict[str, str]:
    """A commitment as its form shows it."""
    wish, instead = commitment["wish"], commitment["substitute"]
    values = {
        "item_id": wish["item_id"],
        "quantity": _plain(wish["quantity"]["value"]),
        "limit": major(wish["limit"]["minor"], exponent),
        "place": commitment["place"],
        "reference": commitment["reference"] or "",
    }
    if instead:
        values |= {
            "substitute_item_id": instead["item_id"],
            "substitute_quantity": _plain(instead["quantity"]["value"]),
            "substitute_limit": major(instead["limit"]["minor"], exponent),
        }
    return values


def offer_values(offer: Document | None, exponent: int) -> dict[str, str]:
    """A supplier's offer as its form shows it."""
    values = {}
    for item in offer["items"] if offer else ():
        key = item["item_id"]
        for n, tier in enumerate(item["tiers"]):
            values[f"{key}.from.{n}"] = _plain(tier["from_quantity"]["value"])
            values[f"{key}.price.{n}"] = major(tier["price"]["minor"], exponent)
        values[f"{key}.capacity"] = _plain(item["capacity"]["value"])
        values[f"{key}.setup"] = major(item["setup"]["minor"], exponent)
        values[f"{key}.days"] = str(item["lead_time_days"])
        for code, money in item["freight"].items():
            values[f"{key}.freight.{code}"] = major(money["minor"], exponent)
    return values


@dataclass(frozen=True, slots=True)
class Proof:
    """What was reached of an aim and what nothing could surpass, as a reader sees them; no gap where it is proven best."""

    name: str
    reached: str
    bound: str
    gap_pct: str


def proofs(clearing: Document, currency: str, locale: str) -> list[Proof]:
    """The certificate of a round, its parts taken together: parts share nothing, so their bounds add up."""
    found = []
    for code, name in _AIMS:
        aims = [aim for part in clearing["certificate"] for aim in part["aims"] if aim["aim"] == code]
        if not aims:
            continue
        reached = sum(aim["value"] for aim in aims)
        bound = sum((Decimal(aim["bound"]) for aim in aims), Decimal(0))
        gap = 100 * abs(bound - reached) / max(Decimal(1), abs(Decimal(reached)))
        in_money = code == "cost_minor"

        def shown(value: Decimal | int, in_money: bool = in_money) -> str:
            if in_money:
                return reference.display_money(round(value), currency, locale)
            return reference.display_number(round(value), locale)

        found.append(Proof(name, shown(reached), shown(bound), reference.display_number(round(gap, 4), locale)))
    return found


def titles(campaign: Document) -> dict[str, Document]:
    """The items of a campaign by id."""
    return {item["id"]: item for item in campaign["items"]}


def certificate(campaign: Document, rounds: Sequence[Document]) -> dict[str, Any]:
    """The certificate as a file: all that anybody needs to check it by, beside what he knows himself."""
    told = ("id", "number", "currency", "seed_sha256", "seed")
    return {"campaign": {name: campaign[name] for name in told}, "clearings": list(rounds)}
