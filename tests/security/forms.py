"""What to send to an operation: bodies that its schema and its rules accept, so that no 422 hides the answer looked for."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.rooms.catalog.prices import line_for, list_form
from tests.rooms.catalog.test_listings import VARIANT, listing
from tests.rooms.documents import samples
from tests.rooms.finance.commissions import rule_form
from tests.rooms.finance.invoices import details_form
from tests.rooms.finance.statements import document, entry, statement
from tests.rooms.logistics import prices
from tests.rooms.logistics.freight import booking_form, event_of, load_plan_form, package_form, shipment_form
from tests.rooms.parties.pages import certificate
from tests.rooms.parties.people import registration
from tests.rooms.pooling import campaigns
from tests.rooms.procurement.deals import inquiry_form
from tests.rooms.reference.rate_files import ecb_file, table
from tests.rooms.warehousing.stock import warehouse_form
from tests.world import MEASURED, World

Form = Callable[[World], Any]


def _in_days(days: int) -> Form:
    return lambda world: (world.market.clock.now() + timedelta(days=days)).isoformat()


# Values that a JSON Schema does not tell, by the name of the field.
BY_NAME: dict[str, Any] = {
    "locale": "de",
    "locales": ["de"],
    "source_locale": "en",
    "notes_locale": "de",
    "currency": "EUR",
    "base": "EUR",
    "quote": "CNY",
    "time_zone": "Europe/Berlin",
    "email": "somebody@example.com",
    "country": "DE",
    "origin_country": "DE",
    "unit": "H87",
    "incoterm": "FCA",
    "url": "https://192.0.9.1/hooks",
    "closes_at": _in_days(20),
    "opens_at": _in_days(21),
    "begins_at": _in_days(-2),
    "starts_at": _in_days(0),
    "ends_at": _in_days(7),
    "valid_until": lambda world: (world.market.clock.now() + timedelta(days=90)).date().isoformat(),
}

# Whole bodies of operations that have rules over several fields.
BY_OPERATION: dict[str, Form] = {
    "POST /v1/organizations": lambda world: registration(),
    "POST /v1/products": lambda world: listing("another-pin"),
    "PATCH /v1/products/{product_id}": lambda world: {"category_code": world.ids["category_code"]},
    "POST /v1/products/{product_id}/variants": lambda world: {**VARIANT, "sku": "EP-8X100"},
    "PUT /v1/variants/{variant_id}": lambda world: VARIANT,
    "POST /v1/products/{product_id}/media": lambda world: {"document_ids": [world.ids["document_id"]]},
    "POST /v1/listing-imports": lambda world: {"document_id": world.ids["document_id"]},
    "PUT /v1/listing-imports/{import_id}/mapping": lambda world: {"columns": {"Farbe": None}},
    "POST /v1/inquiries": lambda world: inquiry_form(world.market),
    "PUT /v1/inquiries/{inquiry_id}": lambda world: inquiry_form(world.market),
    "POST /v1/inquiries/{inquiry_id}/quotes": lambda world: world.deal.quote_form(),
    "PUT /v1/quotes/{quote_id}": lambda world: {
        name: value for name, value in world.deal.quote_form().items() if name != "submit"
    },
    "POST /v1/inquiries/{inquiry_id}/awards": lambda world: {
        "quotes": [{"quote_id": world.more["quote_id"][0], "line_ids": [world.ids["line_id"]]}]
    },
    "PATCH /v1/orders/{order_id}": lambda world: {"buyer_reference": "4500017"},
    "PUT /v1/organization/profile": lambda world: {"source_locale": "en"},
    "POST /v1/organization/certificates": lambda world: certificate(world.market, "iso_14001"),
    "PUT /v1/organization/certificates/{certificate_id}": lambda world: certificate(world.market, days=500),
    "POST /v1/price-lists": lambda world: list_form(world.market, [world.buyer], _price_lines(world), code="another"),
    "PUT /v1/price-lists/{price_list_id}": lambda world: {
        name: value
        for name, value in list_form(world.market, [world.buyer], []).items()
        if name not in ("code", "lines")
    },
    "PUT /v1/price-lists/{price_list_id}/lines": lambda world: {"lines": _price_lines(world)},
    "PUT /v1/price-lists/{price_list_id}/lines.csv": lambda world: (
        "scope,sku,category,min_quantity,price,discount_percent\nrange,,,1,,2.5\n"
    ),
    "POST /v1/warehouses": lambda world: warehouse_form(code="SECOND"),
    "PATCH /v1/warehouses/{warehouse_id}": lambda world: {"name": "Lager"},
    "POST /v1/warehouses/{warehouse_id}/zones": lambda world: {"code": "COLD", "purpose": "storage"},
    "POST /v1/warehouses/{warehouse_id}/bins": lambda world: {"bins": [{"zone": "STOR", "code": "A-1"}]},
    "PATCH /v1/bins/{bin_id}": lambda world: {"blocked": False},
    "POST /v1/stock-items": lambda world: {"sku": "W-4711", "name": "Werkzeug 4711", "tracking": "serial"},
    "PATCH /v1/stock-items/{item_id}": lambda world: {"name": "Auswerferstift"},
    "POST /v1/stock-moves": lambda world: {
        "moves": [
            {
                "item_id": world.ids["item_id"],
                "quantity": "1",
                "origin": {"outside": "supplier"},
                "target": {"bin_id": world.ids["bin_id"]},
                "reason": "receipt",
            }
        ]
    },
    "POST /v1/warehouses/{warehouse_id}/stock-counts": lambda world: {"not_counted_for_days": 0},
    "PUT /v1/stock-counts/{count_id}/bins/{bin_id}": lambda world: {
        "lines": [{"item_id": world.ids["item_id"], "quantity": "9"}]
    },
    "POST /v1/warehouses/{warehouse_id}/stock-transfers": lambda world: {
        "to_warehouse_id": world.more["warehouse_id"][0],
        "lines": [{"bin_id": world.ids["bin_id"], "item_id": world.ids["item_id"], "quantity": "1"}],
    },
    "POST /v1/stock-transfers/{transfer_id}/receipts": lambda world: {
        "lines": [{"line_id": world.ids["transfer_line_id"], "quantity": "1", "bin_id": world.ids["bin_id"]}]
    },
    "POST /v1/stock-transfers/{transfer_id}/loss": lambda world: {"reason": "Palette verloren"},
    "POST /v1/stock-items/{item_id}/reorder-rules": lambda world: {
        "warehouse_id": world.ids["warehouse_id"],
        "reorder_point": "3",
        "target_quantity": "20",
    },
    "PATCH /v1/reorder-rules/{reorder_rule_id}": lambda world: {"reorder_point": "4"},
    "POST /v1/reservations": lambda world: {"lines": [{"item_id": world.ids["item_id"], "quantity": "1"}]},
    "POST /v1/arrivals": lambda world: {
        "keeper_id": str(world.seller.firm.id),
        "warehouse_code": "MAIN",
        "reference": "LS 4711",
        "expected_on": "2030-01-01",
        "lines": [{"item_id": world.ids["item_id"], "quantity": "1"}],
    },
    "POST /v1/arrivals/{arrival_id}/receipts": lambda world: {
        "lines": [{"line_id": world.ids["arrival_line_id"], "quantity": "1"}]
    },
    "POST /v1/warehouses/{warehouse_id}/put-away": lambda world: {
        "moves": [{"balance_id": world.ids["balance_id"], "quantity": "1", "bin_id": world.ids["bin_id"]}]
    },
    "POST /v1/inspections": lambda world: {
        "receipt_line_id": world.ids["receipt_line_id"],
        "characteristics": [MEASURED],
    },
    "PUT /v1/inspections/{inspection_id}/measurements": lambda world: {
        "measurements": [{"position": 1, "values": ["5.994", "5.996"]}]
    },
    "POST /v1/inspections/{inspection_id}/decision": lambda world: {"decision": "accept"},
    "POST /v1/warehouses/{warehouse_id}/waves": lambda world: {"reservation_ids": [world.ids["reservation_id"]]},
    "POST /v1/waves/{wave_id}/picks": lambda world: {"picks": [{"stop": 1, "quantity": "1"}]},
    "PUT /v1/packing-settings": lambda world: {"gs1_prefix": "9521234"},
    "POST /v1/warehouses/{warehouse_id}/packages": lambda world: {
        "organization_id": str(world.buyer.firm.id),
        "type": "PX",
    },
    "PATCH /v1/packages/{package_id}": lambda world: {"marks": "4711"},
    "PUT /v1/packages/{package_id}/contents": lambda world: {"contents": []},
    "POST /v1/warehouses/{warehouse_id}/dispatches": lambda world: {"package_ids": world.more["package_id"]},
    "POST /v1/dispatches/{dispatch_id}/returns": lambda world: {
        "reason": "surplus",
        "lines": [{"content_id": world.ids["content_id"], "quantity": "1"}],
    },
    "POST /v1/goods-returns/{return_id}/receipt": lambda world: {},
    "POST /v1/shipments": lambda world: shipment_form(world.market),
    "POST /v1/load-plans": lambda world: load_plan_form(),
    "PATCH /v1/shipments/{shipment_id}": lambda world: {"reference": "4711"},
    "POST /v1/shipments/{shipment_id}/bookings": lambda world: booking_form(world.carrier, leg=2),
    "PUT /v1/shipments/{shipment_id}/packages": lambda world: {"packages": [package_form()]},
    "POST /v1/shipments/{shipment_id}/packages": lambda world: {
        "packages": [{"package_id": world.ids["package_id"], "description": "Ejector pins"}]
    },
    "POST /v1/shipments/{shipment_id}/documents": lambda world: {
        "document_id": world.sellers_document,
        "type": "commercial_invoice",
    },
    "POST /v1/shipments/{shipment_id}/incidents": lambda world: {
        "kind": "loss",
        "description": "Gone",
        "owner": "shipper",
    },
    "POST /v1/incidents/{incident_id}/assignment": lambda world: {"owner": "shipper", "text": "We do it ourselves."},
    "POST /v1/tracking-events": lambda world: {
        "events": [
            event_of(
                world.booking_number,
                "TRANSPORT",
                "DEPA",
                world.market.clock.now(),
                now=world.market.clock.now(),
            )
        ]
    },
    "POST /v1/rate-cards": lambda world: prices.fcl_card(world.market),
    "POST /v1/rate-card-batches": lambda world: {"cards": [prices.fcl_card(world.market)]},
    "POST /v1/freight-quotes": lambda world: prices.quote_form(world.market),
    "POST /v1/freight-inquiries": lambda world: prices.inquiry_form(world.market, world.carrier),
    "POST /v1/freight-inquiries/{freight_inquiry_id}/offers": lambda world: prices.offer_form(world.market),
    "POST /v1/consolidations": lambda world: prices.consolidation_form(),
    "PATCH /v1/consolidations/{consolidation_id}": lambda world: {"cost_minor": 290000},
    "POST /v1/consolidations/{consolidation_id}/members": lambda world: {
        "booking_id": world.lcl_booking_id,
        "volume_m3": "1",
        "mass_kg": "1",
    },
    "POST /v1/orders/{order_id}/invoices": lambda world: {"terms_days": 30},
    "POST /v1/framework-orders/{framework_order_id}/invoices": lambda world: {"terms_days": 30},
    "POST /v1/invoices/{invoice_id}/credit-notes": lambda world: {"reason": "Goods came back."},
    "POST /v1/financing-offers": lambda world: {"milestone_id": world.more["payment_milestone_id"][-1]},
    "POST /v1/financing-offers/{financing_offer_id}/quotes": lambda world: {
        "rate_bp": 800,
        "advance_bp": 9000,
        "recourse": False,
    },
    "POST /v1/financings/{financing_id}/pay": lambda world: {"payment_method": "tok_visa"},
    "POST /v1/payment-milestones/{payment_milestone_id}/pay": lambda world: {"payment_method": "tok_visa"},
    "POST /v1/payment-milestones/{payment_milestone_id}/refunds": lambda world: {
        "reason": "Agreed.",
        "amount_minor": 100,
    },
    "POST /v1/disputes/{dispute_id}/proposals": lambda world: {"release_minor": 200_000, "refund_minor": 100_000},
    "POST /v1/operator/disputes/{dispute_id}/decision": lambda world: {
        "release_minor": 200_000,
        "refund_minor": 100_000,
        "reason": "The report shows it.",
    },
    "PUT /v1/organization/invoicing": lambda world: details_form(),
    "POST /v1/payment-methods": lambda world: {"token": "tok_visa"},
    "PUT /v1/payout-calendar": lambda world: _calendar(),
    "PUT /v1/operator/payout-defaults": lambda world: {**_calendar(), "hold_days": 3},
    "POST /v1/operator/payouts/{payout_id}/sent": lambda world: {"bank_reference": "UMSATZ 4711"},
    "POST /v1/operator/commission-rules": lambda world: rule_form(world.market, replaces=True),
    "POST /v1/operator/commission-rules/{commission_rule_id}/end": lambda world: {"valid_until": None},
    "PUT /v1/operator/fx-rates/ecb": lambda world: ecb_file().decode(),
    "PUT /v1/operator/fx-rates/table": lambda world: table("EUR,USD,2026-11-20,1.15,Bank").decode(),
    "PUT /v1/organization/dunning": lambda world: {"active": True, "steps": [{"days_overdue": 7, "tone": "friendly"}]},
    "POST /v1/open-items/{open_item_id}/payments": lambda world: {
        "amount_minor": 100,
        "occurred_on": world.market.clock.now().date().isoformat(),
    },
    "POST /v1/open-items/{open_item_id}/write-off": lambda world: {"reason": "Kleinbetrag", "amount_minor": 1},
    "POST /v1/open-items/{open_item_id}/applications": lambda world: {"open_item_id": world.more["open_item_id"][0]},
    "POST /v1/open-items/{open_item_id}/late-payment": lambda world: {},
    "POST /v1/late-payment-claims/{late_payment_claim_id}/withdrawal": lambda world: {"reason": "Aus Kulanz."},
    "POST /v1/credit-lines": lambda world: {
        "buyer_id": str(world.buyer.firm.id),
        "currency": "USD",
        "limit_minor": 100000,
    },
    "PATCH /v1/credit-lines/{credit_line_id}": lambda world: {"limit_minor": 10**8},
    "PUT /v1/operator/late-payment-rates": lambda world: "country,valid_from,rate_bp,source\nEU,2026-07-01,215,ECB\n",
    "PUT /v1/operator/tax-rates": lambda world: (
        "country,category,rate_percent,valid_from,valid_until,source\nHU,S,27,2012-01-01,,Áfa tv. 82. §\n"
    ),
    "POST /v1/operator/bank-statements": lambda world: document(statement("0.00", "1.00", entry("1.00"))),
    "POST /v1/operator/bank-entries/{bank_entry_id}/matches": lambda world: {"reference": "RF18539007547034"},
    "POST /v1/operator/bank-entries/{bank_entry_id}/offset": lambda world: {
        "bank_entry_id": world.more["bank_entry_id"][0],
        "reason": "Sent back.",
    },
    "POST /v1/campaigns": lambda world: campaigns.campaign_form(world.market),
    "PUT /v1/campaigns/{campaign_id}": lambda world: campaigns.campaign_form(world.market),
    "POST /v1/campaigns/{campaign_id}/extension": lambda world: {
        "closes_at": (world.market.clock.now() + timedelta(days=2)).isoformat()
    },
    "POST /v1/campaigns/{campaign_id}/invitations": lambda world: {"organization_id": str(world.seller.firm.id)},
    "POST /v1/demand-suggestions/{demand_suggestion_id}/campaigns": lambda world: {"places": ["DEHAM"]},
    "POST /v1/campaigns/{campaign_id}/commitments": lambda world: campaigns.commitment_form(world.draft_campaign),
    "PUT /v1/commitments/{commitment_id}": lambda world: campaigns.commitment_form(world.campaign, 400),
    "POST /v1/framework-orders/{framework_order_id}/shipment": lambda world: {
        "mode": "road",
        "load": "DEHAM",
        "discharge": "ESBCN",
        "ready_on": "2027-01-15",
    },
    "POST /v1/commitments/{commitment_id}/payment": lambda world: {"payment_method": "tok_visa"},
    "POST /v1/campaigns/{campaign_id}/offers": lambda world: campaigns.campaign_offer_form(world.draft_campaign),
    "POST /v1/campaigns/{campaign_id}/bids": lambda world: campaigns.campaign_offer_form(world.draft_campaign),
    "POST /v1/webhook-sources": lambda world: {"name": "TMS", "scopes": ["read"]},
    "POST /v1/catalog/price-confirmations": lambda world: _prices_asked(world),
    "POST /v1/catalog-orders": lambda world: _prices_asked(world),
    "PATCH /v1/organization": lambda world: {"city": "Hagen"},
    "PUT /v1/notifications/preferences": lambda world: {"muted_groups": ["trade"]},
    "PATCH /v1/me": lambda world: {"name": "Erika Beispiel"},
    "PATCH /v1/members/{person_id}": lambda world: {"title": "Einkauf"},
}


def _calendar() -> dict[str, Any]:
    return {"rhythm": "weekly", "weekday": 5, "least": {"minor": 0, "currency": "EUR"}}


def _price_lines(world: World) -> list[dict[str, Any]]:
    return [line_for(world.ids["variant_id"], 388)]


def _prices_asked(world: World) -> dict[str, Any]:
    return {"items": [{"variant_id": world.ids["variant_id"], "quantity": "10"}], "currency": "EUR"}


def options(world: World, description: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    """The keyword arguments of a request that fill an operation's body and required parameters."""
    operation = description["paths"][path][method.lower()]
    found: dict[str, Any] = {"headers": {"If-Match": "*"}} if method in ("PUT", "PATCH", "DELETE") else {}
    required = [one for one in operation.get("parameters", ()) if one.get("required") and one["in"] == "query"]
    if required:
        found["params"] = {
            one["name"]: world.ids.get(one["name"]) or sample(world, description, one["schema"], one["name"])
            for one in required
        }
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        if media_type == "multipart/form-data":
            return found | {"files": {"file": ("drawing.pdf", samples.pdf(), "application/pdf")}}
        given = BY_OPERATION.get(f"{method} {path}")
        body = given(world) if given else sample(world, description, content["schema"])
        if media_type in ("text/csv", "application/xml"):
            found.setdefault("headers", {})["Content-Type"] = media_type
            return found | {"content": body}
        return found | {"json" if media_type == "application/json" else "data": body}
    return found


def sample(world: World, description: dict[str, Any], schema: dict[str, Any], name: str = "") -> Any:
    """The least value that a schema accepts: required members only."""
    if name in BY_NAME:
        value = BY_NAME[name]
        return value(world) if callable(value) else value
    if "$ref" in schema:
        return sample(world, description, description["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], name)
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return sample(world, description, schema[choice][0], name)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    return _of_type(world, description, schema, name)


def _of_type(world: World, description: dict[str, Any], schema: dict[str, Any], name: str) -> Any:
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {one: sample(world, description, properties[one], one) for one in schema.get("required", ())}
        case "array":
            return [sample(world, description, schema["items"], name)] * max(1, schema.get("minItems", 0))
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return True
        case "string":
            return _text(world, schema)
        case kind:
            raise NotImplementedError(f"no sample of {kind} for {name}: add it to tests/security/forms.py")


def _text(world: World, schema: dict[str, Any]) -> str:
    match schema.get("format"):
        case "uuid":
            return str(world.seller.firm.id)
        case "date":
            return str((world.market.clock.now() + timedelta(days=30)).date())
        case "date-time":
            return str((world.market.clock.now() + timedelta(days=5)).isoformat())
    if schema.get("pattern") == "^[0-9a-f]{64}$":
        return "0" * 64
    return ("mould-base" * 30)[: max(10, schema.get("minLength", 1))][: schema.get("maxLength", 10)]
