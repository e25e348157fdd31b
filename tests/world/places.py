"""The test market by the ids of its things, and whose each is."""

import re
from dataclasses import dataclass, field
from typing import Any

from tests.market import Market, Member
from tests.rooms.procurement.deals import Deal

PRIVATE = (
    "inquiry_id", "quote_id", "question_id", "document_id", "person_id", "invitation_id", "client_id", "rule_id",
    "delegation_id", "endpoint_id", "delivery_id", "approval_id", "notification_id", "session_id", "order_id",
    "milestone_id", "price_list_id", "confirmation_id", "import_id", "warehouse_id", "bin_id", "reservation_id",
    "shipment_id", "booking_id", "count_id", "transfer_id", "reorder_rule_id", "arrival_id", "receipt_id",
    "inspection_id", "wave_id", "package_id", "shipment_package_id", "dispatch_id", "return_id",
    "shipment_document_id", "incident_id", "rate_card_id", "freight_quote_id", "freight_option_id",
    "freight_inquiry_id", "freight_offer_id", "consolidation_id", "consolidation_member_id", "load_plan_id",
    "source_id", "message_id", "commitment_id", "campaign_offer_id", "framework_order_id", "campaign_invitation_id",
    "ledger_account_id", "posting_id", "invoice_id", "payment_method_id", "payout_id", "payout_item_id",
    "bank_statement_id", "bank_entry_id", "bank_match_id", "difference_id", "open_item_id", "payment_id",
    "dunning_notice_id", "credit_line_id", "payment_schedule_id", "payment_milestone_id", "financing_offer_id",
    "financing_quote_id", "financing_id", "dispute_id", "proposal_id", "milestone_refund_id", "late_payment_claim_id",
)  # fmt: skip
"""Ids that nobody outside the two firms may ever see in an answer."""
OF_THE_SELLER = (
    "product_id", "variant_id", "quote_id", "certificate_id", "price_list_id", "import_id", "warehouse_id", "bin_id",
    "item_id", "shipment_id", "booking_id", "count_id", "transfer_id", "reorder_rule_id", "arrival_id", "receipt_id",
    "inspection_id", "wave_id", "package_id", "shipment_package_id", "dispatch_id", "return_id",
    "shipment_document_id", "incident_id", "freight_quote_id", "freight_option_id", "freight_inquiry_id",
    "freight_offer_id", "load_plan_id", "campaign_offer_id", "framework_order_id", "invoice_id", "payout_id",
    "payout_item_id", "financing_offer_id", "financing_quote_id", "financing_id", "open_item_id", "dunning_notice_id",
    "credit_line_id",
)  # fmt: skip
"""Things of the supplier; everything else with an address is the buyer's."""
DONE_BY_THE_SELLER = frozenset(
    {
        "POST /v1/organization/certificates",
        "PUT /v1/organization/profile",
        "POST /v1/inquiries/{inquiry_id}/refusal",
        "POST /v1/inquiries/{inquiry_id}/questions",
        "POST /v1/inquiries/{inquiry_id}/quotes",
        "POST /v1/orders/{order_id}/acknowledgement",
        "POST /v1/orders/{order_id}/rejection",
        "POST /v1/orders/{order_id}/milestones/{milestone_id}/evidence",
        "POST /v1/warehouses",
        "POST /v1/stock-items",
        "POST /v1/stock-moves",
        "PUT /v1/packing-settings",
        "POST /v1/shipments",
        "POST /v1/arrivals",
        "POST /v1/inspections",
        "POST /v1/freight-quotes",
        "POST /v1/freight-inquiries",
        "POST /v1/load-plans",
        "POST /v1/orders/{order_id}/invoices",
        "PUT /v1/organization/invoicing",
        "POST /v1/payout-account/onboarding",
        "PUT /v1/organization/dunning",
        "POST /v1/credit-lines",
        "POST /v1/financing-offers",
        "POST /v1/payment-milestones/{payment_milestone_id}/refunds",
    }
)
"""What suppliers do at the buyer's things."""
DONE_BY_THE_CARRIER = frozenset(
    {
        "POST /v1/financing-offers/{financing_offer_id}/quotes",
        "POST /v1/financing-quotes/{financing_quote_id}/withdrawal",
        "POST /v1/financings/{financing_id}/pay",
        "POST /v1/bookings/{booking_id}/acceptance",
        "POST /v1/bookings/{booking_id}/refusal",
        "POST /v1/tracking-events",
        "POST /v1/rate-cards",
        "POST /v1/rate-card-batches",
        "POST /v1/freight-inquiries/{freight_inquiry_id}/offers",
        "POST /v1/freight-offers/{freight_offer_id}/withdrawal",
        "POST /v1/consolidations",
        "POST /v1/sandbox",
        "POST /v1/sandbox/secrets",
    }
)
"""What logistics partners do at the supplier's things."""
OF_THE_CARRIER = ("rate_card_id", "consolidation_id", "consolidation_member_id")
"""Things of the logistics partner."""
PERSONAL = ("session_id", "notification_id")
"""Things of one person: not even a colleague knows that they exist."""


@dataclass
class World:
    """A buyer's and a supplier's things, and a carrier who was asked to carry some. `ids` maps the name of a path parameter to an
    existing thing's id."""

    market: Market
    buyer: Member
    seller: Member
    carrier: Member
    deal: Deal
    ids: dict[str, str] = field(default_factory=dict)
    more: dict[str, list[str]] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)
    booking_number: str = ""
    sellers_document: str = ""
    lcl_booking_id: str = ""
    draft_campaign: dict[str, Any] = field(default_factory=dict)
    campaign: dict[str, Any] = field(default_factory=dict)

    def fill(self, path: str) -> str:
        """A path with existing ids."""
        unknown = [name for name in parameters(path) if name not in self.ids]
        assert not unknown, f"{path}: make a {unknown[0]} in tests/world and put its id into `ids`."
        return path.format(**self.ids)

    def doer(self, method: str, path: str) -> Member:
        """Whose thing the path leads to, or who else does this there."""
        if f"{method} {path}" in DONE_BY_THE_CARRIER or any(name in OF_THE_CARRIER for name in parameters(path)):
            return self.carrier
        at_sellers = any(name in OF_THE_SELLER for name in parameters(path))
        return self.seller if at_sellers or f"{method} {path}" in DONE_BY_THE_SELLER else self.buyer

    def add(self, parameter: str, found: str) -> None:
        """One more id that fits a path parameter; the first is the one that `fill` takes."""
        if self.ids.setdefault(parameter, found) != found:
            self.more.setdefault(parameter, []).append(found)

    def choices(self, parameter: str) -> list[str]:
        """Every id that fits a path parameter."""
        return [self.ids[parameter], *self.more.get(parameter, ())]


def parameters(path: str) -> list[str]:
    """The names of a path's parameters."""
    return re.findall(r"{(\w+)}", path)


async def made(caller: Member, path: str, form: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a POST made."""
    answer = await caller.post(path, json=form)
    assert answer.status_code in (200, 201, 202), (path, answer.text)
    return dict(answer.json())


async def first(caller: Member, path: str) -> dict[str, Any]:
    """The first of a list that has one."""
    answer = await caller.get(path)
    assert answer.status_code == 200 and answer.json()["items"], (path, answer.text)
    return dict(answer.json()["items"][0])
