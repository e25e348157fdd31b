"""Builders of inquiries and quotes over HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.kit.tokens import issue_access_token, read_access_token
from tests.market import Market, Member
from tests.scenes import kept

MOULD = {
    "process": "injection",
    "part_name": "Gehäuseoberteil",
    "resin": "pc_abs",
    "cavities": "1+1",
    "wall_nominal_mm": 2.5,
}
"""A description that is right by the data dictionary."""


def inquiry_form(market: Market, suppliers: Sequence[Member] = (), **changes: Any) -> dict[str, Any]:
    """A good inquiry of two lines, closing in five days and opening an hour later."""
    now = market.clock.now()
    form: dict[str, Any] = {
        "title": "Spritzgießwerkzeug Gehäuse",
        "notes": "Zweifach-Werkzeug, Kavitäten in S136.",
        "currency": "EUR",
        "incoterm": "FCA",
        "incoterm_place": "Shenzhen",
        "closes_at": (now + timedelta(days=5)).isoformat(),
        "opens_at": (now + timedelta(days=5, hours=1)).isoformat(),
        "lots": [
            {
                "title": "Werkzeug",
                "lines": [
                    {
                        "description": "Werkzeug für Gehäuse",
                        "quantity": "1",
                        "unit": "H87",
                        "target_price_minor": 4000000,
                    },
                    {"description": "Auswerferstifte", "quantity": "250", "unit": "H87"},
                ],
            }
        ],
        "supplier_ids": [str(supplier.firm.id) for supplier in suppliers],
    }
    return form | changes


@dataclass
class Deal:
    """A published inquiry and those who take part."""

    market: Market
    buyer: Member
    suppliers: list[Member]
    inquiry: dict[str, Any]

    @property
    def path(self) -> str:
        """The inquiry's address."""
        return f"/v1/inquiries/{self.inquiry['id']}"

    @property
    def lines(self) -> list[str]:
        """The ids of its lines."""
        return [line["id"] for lot in self.inquiry["lots"] for line in lot["lines"]]

    def quote_form(self, *prices: int, **changes: Any) -> dict[str, Any]:
        """A complete quote; the first price for the mould, the second for 100 pins."""
        given = prices or (3500000, 12000)
        form: dict[str, Any] = {
            "currency": "EUR",
            "prices": [
                {"line_id": line, "price_minor": price, "per_quantity": "100" if index else "1"}
                for index, (line, price) in enumerate(zip(self.lines, given, strict=False))
            ],
            "lead_time_days": 60,
            "valid_until": (self.market.clock.now() + timedelta(days=90)).date().isoformat(),
            "incoterm": "FCA",
            "incoterm_place": "Shenzhen",
            "submit": True,
        }
        return form | changes

    async def quote(self, supplier: Member, *prices: int, **changes: Any) -> dict[str, Any]:
        """Submit a quote."""
        answer = await supplier.post(f"{self.path}/quotes", json=self.quote_form(*prices, **changes))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def wait(self, **delta: float) -> None:
        """Let time pass; those who take part sign in again."""
        wait(self.market, self.buyer, *self.suppliers, **delta)

    async def open(self) -> None:
        """Move the clock past the opening time and open the quotes."""
        self.wait(days=6)
        answer = await self.buyer.post(f"{self.path}/opening")
        assert answer.status_code == 200, answer.text


def wait(market: Market, *members: Member, **delta: float) -> None:
    """Let time pass. Access tokens live for minutes, so each member gets a new one of the same session."""
    now = market.clock.now()
    claims = [
        read_access_token(market.settings, member.headers["Authorization"].removeprefix("Bearer "), now=now)
        for member in members
    ]
    market.move_clock(**delta)
    for member, claim in zip(members, claims, strict=True):
        token, _ = issue_access_token(market.settings, claim, now=market.clock.now())
        member.headers["Authorization"] = f"Bearer {token}"


async def draft(market: Market, buyer: Member, suppliers: Sequence[Member] = (), **changes: Any) -> dict[str, Any]:
    """A draft."""
    answer = await buyer.post("/v1/inquiries", json=inquiry_form(market, suppliers, **changes))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@kept
async def published(market: Market, *, suppliers: int = 2, buyer: Member | None = None, **changes: Any) -> Deal:
    """A published inquiry with new suppliers."""
    buyer = buyer or await market.people("buyer", locale="de")
    invited = [await market.people("supplier", country="CN", locale="zh-Hans") for _ in range(suppliers)]
    inquiry = await draft(market, buyer, invited, **changes)
    answer = await buyer.post(f"/v1/inquiries/{inquiry['id']}/publication")
    assert answer.status_code == 200, answer.text
    return Deal(market, buyer, invited, dict(answer.json()))
