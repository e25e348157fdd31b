"""What the room refuses."""

from app.kit.errors import Problem
from app.kit.locales import N_


class UnknownCode(Problem):
    """A code that stands in none of our editions."""

    code = "unknown-reference-code"
    status = 422
    title = N_("Unknown code")
    detail = N_("“{value}” is not in our list “{table}”. GET /v1/reference/{table} shows what is.")

    def __init__(self, table: str, value: str) -> None:
        super().__init__(table=table, value=value[:80])


class NotConvertible(Problem):
    """Two units that do not measure the same thing, such as kilograms and hours, or HRC and HB."""

    code = "units-not-convertible"
    status = 422
    title = N_("These units cannot be converted")
    detail = N_("“{from_unit}” and “{to_unit}” do not measure the same kind of quantity.")

    def __init__(self, from_unit: str, to_unit: str) -> None:
        super().__init__(from_unit=from_unit, to_unit=to_unit)


class RateMissing(Problem):
    """Two currencies between which no rate leads, on a day or before it."""

    code = "fx-rate-missing"
    status = 409
    title = N_("No rate of exchange is known")
    detail = N_(
        "No rate of exchange between {base} and {quote} is known for {day} or a day before. The operator can load one of {first} "
        "or later, between the two or of both against the euro: PUT /v1/operator/fx-rates/ecb or /table."
    )


class RateTooOld(Problem):
    """The last rate is too old to book money by it."""

    code = "fx-rate-too-old"
    status = 409
    title = N_("The last rate of exchange is too old")
    detail = N_(
        "The last rate of exchange between {base} and {quote} before {day} is of {found}: more than {most_days_old} days old. "
        "The operator can load one of {first} or later, between the two or of both against the euro: "
        "PUT /v1/operator/fx-rates/ecb or /table."
    )
