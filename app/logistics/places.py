"""Places of sandboxes: they have the form of UN/LOCODEs, under a country code that ISO 3166 leaves to its users."""

from collections.abc import Mapping

from app.kit.errors import FieldError
from app.kit.locales import N_
from app.logistics.states import Mode
from app.parties.facade import OrganizationRef

SANDBOX_COUNTRY = "ZZ"

SANDBOX_LANES: tuple[tuple[Mode, str, str], ...] = (
    (Mode.SEA_FCL, "ZZAAA", "ZZBBB"),
    (Mode.AIR, "ZZAAA", "ZZCCC"),
    (Mode.ROAD, "ZZBBB", "ZZCCC"),
)
"""What is planned in a new sandbox: mode of transport, from, to. The first is offered to the partner at once."""
SANDBOX_PLACES = frozenset(place for _, load, discharge in SANDBOX_LANES for place in (load, discharge))


def place_errors(shipper: OrganizationRef, places: Mapping[str, str | None]) -> list[FieldError]:
    """Nothing real is sent to a place that exists in sandboxes only. `places` by the names of their fields."""
    if shipper.sandbox_of is not None:
        return []
    message = N_("Places in {country} exist in sandboxes only.")
    return [
        FieldError(f"/{field}", "sandbox-place", message, {"country": SANDBOX_COUNTRY})
        for field, place in places.items()
        if place is not None and place.startswith(SANDBOX_COUNTRY)
    ]
