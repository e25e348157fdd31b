"""A supplier's page, as a test writes it."""

from datetime import timedelta
from typing import Any

import httpx

from tests.market import Market, Member

PROFILE: dict[str, Any] = {
    "source_locale": "de",
    "texts": {"de": "Spritzgießwerkzeuge bis 12 t.", "en": "Injection moulds up to 12 t."},
    "capabilities": ["injection", "mould_design", "try_out"],
    "languages": ["de", "en"],
    "founded_year": 1974,
    "employees": "medium",
    "max_mould_mass_kg": "12000",
    "max_mould_length_mm": "1800",
    "max_clamp_force_kn": "13000",
    "moulds_per_year": 85,
    "tolerance_group": 4,
    "machines": [
        {
            "kind": "injection_press",
            "make": "Engel",
            "model": "duo 1300",
            "year": 2019,
            "count": 2,
            "figures": {"clamp_force_kn": "13000", "tie_bar_width_mm": "1350"},
        }
    ],
}


def certificate(market: Market, scheme: str = "iso_9001", *, days: int = 400, **changes: Any) -> dict[str, Any]:
    """A certificate that ends in so many days."""
    today = market.clock.now().date()
    form = {
        "scheme": scheme,
        "number": "12 100 4711 TMS",
        "issuer": "Beispiel Zert GmbH",
        "issued_on": (today + timedelta(days=min(days, 0) - 700)).isoformat(),
        "expires_on": (today + timedelta(days=days)).isoformat(),
    }
    return form | changes


async def certified(market: Market, seller: Member, scheme: str = "iso_9001", **options: Any) -> dict[str, Any]:
    """Put a certificate on the seller's page."""
    answer = await seller.post("/v1/organization/certificates", json=certificate(market, scheme, **options))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def described(seller: Member, version: int = 0, **changes: Any) -> httpx.Response:
    """Write the seller's profile over a version."""
    headers = {"If-Match": f'"{version}-en"'}
    return await seller.put("/v1/organization/profile", json=PROFILE | changes, headers=headers)
