"""Objects as Stripe shapes them. What is optional there is here only as far as somebody may read it."""

from typing import Any

from app.demo.provider.cards import Behaviour

Object = dict[str, Any]
NOBODY: Object = {"address": None, "email": None, "name": None, "phone": None, "tax_id": None}


def customer(created: int, **values: Any) -> Object:
    return {"object": "customer", "livemode": False, "created": created, "email": None, "name": None, **values}


def payment_method(created: int, behaviour: Behaviour, **values: Any) -> Object:
    kind: Object = {"bank_code": "37040044", "branch_code": None, "country": "DE", "last4": behaviour.last4}
    kind |= {"fingerprint": "fp", "generated_from": {"charge": None, "setup_attempt": None}}
    if behaviour.type == "card":
        checks = {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"}
        kind = {"brand": behaviour.brand, "last4": behaviour.last4, "exp_month": 12, "exp_year": 2034}
        kind |= {"funding": "credit", "country": "DE", "fingerprint": "fp", "checks": checks, "wallet": None}
    about = {"object": "payment_method", "livemode": False, "created": created, "type": behaviour.type}
    return {**about, "billing_details": dict(NOBODY), "customer": None, behaviour.type: kind, **values}


def setup_intent(created: int, **values: Any) -> Object:
    about = {"object": "setup_intent", "livemode": False, "created": created, "status": "requires_payment_method"}
    about |= {"payment_method": None, "last_setup_error": None, "next_action": None, "cancellation_reason": None}
    return {**about, "usage": "off_session", "mandate": None, "latest_attempt": None, **values}


def checkout_session(created: int, **values: Any) -> Object:
    about = {"object": "checkout.session", "livemode": False, "created": created, "expires_at": created + 86_400}
    about |= {"mode": "setup", "status": "open", "payment_status": "no_payment_required", "ui_mode": "hosted_page"}
    about |= {"automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None}}
    about |= {"custom_fields": [], "shipping_options": []}
    texts = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
    return {**about, "custom_text": dict.fromkeys(texts), **values}


def payment_intent(created: int, amount: int, **values: Any) -> Object:
    about = {
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "application_fee_amount": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "confirmation_method": "automatic",
        "created": created,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "payment_method": None,
        "payment_method_options": {},
        "status": "requires_payment_method",
        "transfer_group": None,
    }
    return about | values


def charge(intent: Object, method: Object, created: int, **values: Any) -> Object:
    about = {
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": dict(NOBODY),
        "captured": False,
        "created": created,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"type": method["type"], method["type"]: _details(method)},
        "refunded": False,
        "status": "succeeded",
        "transfer_group": intent["transfer_group"],
    }
    return about | values


def _details(method: Object) -> Object:
    if method["type"] == "card":
        card = method["card"]
        kept = {name: card[name] for name in ("brand", "last4", "exp_month", "exp_year", "funding", "country")}
        return {**kept, "capture_before": None}
    if method["type"] == "sepa_debit":
        return {"last4": method["sepa_debit"]["last4"], "country": "DE", "mandate": None}
    return {}


def refund(created: int, of: Object, amount: int, **values: Any) -> Object:
    about = {"object": "refund", "amount": amount, "charge": of["id"], "payment_intent": of["payment_intent"]}
    about |= {"currency": of["currency"], "created": created, "reason": None, "status": "succeeded"}
    return {**about, "balance_transaction": None, "metadata": {}, **values}


def account(created: int, **values: Any) -> Object:
    due = ["business_type", "external_account", "tos_acceptance.date"]
    requirements: Object = {"currently_due": due, "eventually_due": due, "past_due": [], "pending_verification": []}
    requirements |= {"disabled_reason": "requirements.past_due", "current_deadline": None, "errors": []}
    about = {"object": "account", "created": created, "charges_enabled": False, "payouts_enabled": False}
    about |= {"details_submitted": False, "capabilities": {"transfers": "inactive"}, "email": None, "type": "none"}
    return {**about, "default_currency": "eur", "requirements": requirements, "metadata": {}, **values}


def account_link(created: int, url: str) -> Object:
    return {"object": "account_link", "created": created, "expires_at": created + 300, "url": url}


def transfer(created: int, amount: int, **values: Any) -> Object:
    about = {"object": "transfer", "amount": amount, "amount_reversed": 0, "created": created, "livemode": False}
    about |= {"reversed": False, "description": None, "destination_payment": None, "metadata": {}}
    return {**about, "source_type": "card", "balance_transaction": None, **values}


def reversal(created: int, of: Object, amount: int, **values: Any) -> Object:
    about = {"object": "transfer_reversal", "amount": amount, "created": created, "currency": of["currency"]}
    about |= {"transfer": of["id"], "source_refund": None, "destination_payment_refund": None, "metadata": {}}
    return {**about, "balance_transaction": None, **values}


def balance_transaction(created: int, amount: int, currency: str, kind: str, source: str, **values: Any) -> Object:
    fee = 25 + amount * 15 // 1000 if kind in ("charge", "payment") else 0
    details = [{"amount": fee, "application": None, "currency": currency, "description": "fee", "type": "stripe_fee"}]
    about = {"object": "balance_transaction", "amount": amount, "fee": fee, "net": amount - fee, "currency": currency}
    about |= {"fee_details": details if fee else [], "type": kind, "source": source, "created": created}
    about |= {"available_on": created + 3 * 86_400, "balance_type": "payments", "exchange_rate": None}
    return {**about, "reporting_category": kind, "status": "pending", "description": None, **values}


def payout(created: int, amount: int, currency: str, **values: Any) -> Object:
    about = {"object": "payout", "amount": amount, "currency": currency, "created": created, "automatic": True}
    about |= {"arrival_date": created + 2 * 86_400, "livemode": False, "method": "standard", "source_type": "card"}
    about |= {"status": "pending", "type": "bank_account", "reconciliation_status": "in_progress", "metadata": {}}
    return {**about, "destination": "ba_x", "failure_code": None, **values}


def dispute(created: int, of: Object, **values: Any) -> Object:
    details: Object = {"due_by": created + 7 * 86_400, "has_evidence": False, "past_due": False, "submission_count": 0}
    details |= {"submission_method": "not_submitted"}
    details |= {"enhanced_eligibility": {}}
    about = {"object": "dispute", "amount": of["amount_captured"], "charge": of["id"], "currency": of["currency"]}
    about |= {"payment_intent": of["payment_intent"], "created": created, "reason": "general", "livemode": False}
    about |= {"status": "needs_response", "is_charge_refundable": False, "balance_transactions": [], "metadata": {}}
    return {**about, "evidence": {"enhanced_evidence": {}}, "evidence_details": details} | {
        "enhanced_eligibility_types": [],
        **values,
    }


def event(created: int, kind: str, of: Object, **values: Any) -> Object:
    about = {"object": "event", "type": kind, "created": created, "livemode": False, "data": {"object": of}}
    about |= {"pending_webhooks": 1, "request": {"id": None, "idempotency_key": None}}
    return {**about, "api_version": "2026-10-28.endive", **values}


def page(data: list[Object], url: str, *, more: bool = False) -> Object:
    return {"object": "list", "data": data, "has_more": more, "url": url}


def bank_transfer_instructions(intent: Object, reference: str) -> Object:
    address: Object = {
        "city": "Berlin",
        "country": "DE",
        "line1": "Beispielweg 1",
        "line2": None,
        "postal_code": "10115",
    }
    iban: Object = {"iban": "DE11243461990000000000", "bic": "DEUTDEFFXXX", "country": "DE"}
    iban |= {"account_holder_name": "Partingline Test", "account_holder_address": address | {"state": None}}
    where: Object = {
        "type": "iban",
        "iban": iban | {"bank_address": address | {"state": None}},
        "supported_networks": ["sepa"],
    }
    told: Object = {"amount_remaining": intent["amount"], "currency": intent["currency"], "reference": reference}
    told |= {"financial_addresses": [where], "type": "eu_bank_transfer"}
    told |= {"hosted_instructions_url": f"https://payments.stripe.example/bank/{reference}"}
    return {"type": "display_bank_transfer_instructions", "display_bank_transfer_instructions": told}
