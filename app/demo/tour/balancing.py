"""What was paid is invoiced by milestone; then all that the ledger was told is read back, and adds up to nothing."""

import csv
import io
from collections import Counter
from datetime import datetime
from decimal import Decimal
from functools import partial

from app.demo.tour.money import milestone
from app.demo.tour.pooled import together
from app.demo.tour.stage import (
    BUYER_OWNER,
    CHINESE,
    FINANCIER,
    OPERATOR,
    OUTSIDER,
    OUTSIDERS_CHIEF,
    PURCHASER,
    SPANISH,
    Stage,
    texts,
)
from app.demo.tour.visitors import Answer, Visitor

KEEPERS = (BUYER_OWNER, CHINESE, FINANCIER, OUTSIDERS_CHIEF, SPANISH)
"""Who reads the books of the five firms between which money moved."""
HOUSE = "the house"
MOST = 100
SIX_PLACES = Decimal("0.000001")


def add_up(stage: Stage) -> None:
    """Invoices, then the books."""
    _invoice(stage)
    _books(stage)
    _statement(stage)


def _invoice(stage: Stage) -> None:
    tell, money = stage.narrator, texts()["money"]
    tell.step("Each milestone is invoiced; what went back is credited")
    maker, other = stage.visitor(CHINESE), stage.visitor(SPANISH)
    for supplier, says in ((maker, money["details"]["first"]), (other, money["details"]["second"])):
        said = supplier.edit("PUT", "/v1/organization/invoicing", says)
        stage.must(f"{supplier.role.firm_latin} says where it is paid", said.is_success, said.text)
    second = stage.second["milestones"][0]["id"]
    invoices = [
        _issued(stage, maker, stage.order_id, "design_approved"),
        _issued(stage, maker, stage.order_id, "t1", stage.milestones["t1"], money["credit"]["first"]),
        _issued(stage, other, stage.second["deal_id"], "design_approved", second, money["credit"]["second"]),
    ]
    for reader, gloss in ((PURCHASER, "first_gloss"), (OUTSIDER, "second_gloss")):
        visitor = stage.visitor(reader)
        for row in (one for one in invoices if one["recipient"]["id"] == str(visitor.signed_in().organization_id)):
            read = visitor.get(f"/v1/invoices/{row['id']}").json()
            tell.says(f"{read['kind']['label']} {read['number']} · {read['net']['text']} · {read['lines'][0]['name']}")
            for note in read["credit_notes"]:
                tell.says(f"− {note['number']} · {note['gross']['text']}", money["credit"][gloss])
    kinds = {one["kind"]["code"] for one in invoices}
    tell.check("three prepayment invoices", kinds == {"prepayment"}, str(kinds))
    items = [_items(stage.visitor(reader)) for reader in (PURCHASER, OUTSIDER)]
    left = [items[one["recipient"]["id"] == stage.second["buyer"]["id"]].get(one["id"]) for one in invoices]
    tell.check("each is met by what its milestone was paid: nothing is open", left == [0, 0, 0], str(left))


def _issued(
    stage: Stage, supplier: Visitor, order_id: str, code: str, refunded: str | None = None, reason: str = ""
) -> Answer:
    """An invoice of a milestone of an order; what of it was given back is credited."""
    answer = supplier.post(f"/v1/orders/{order_id}/invoices", {"milestone": code})
    stage.must(f"{supplier.role.firm_latin}: “{code}” is invoiced", answer.status_code == 201, answer.text)
    path = f"/v1/invoices/{answer.json()['id']}"
    stage.things.add(answer.json()["id"])
    whole: Answer = supplier.get(path).json()
    if refunded is not None:
        back = milestone(supplier, refunded)["refunded"]["minor"]
        quantity = (Decimal(back) / whole["net"]["minor"]).quantize(SIX_PLACES)
        form = {"reason": reason, "lines": [{"line": whole["lines"][0]["id"], "quantity": str(quantity)}]}
        credited = supplier.post(f"{path}/credit-notes", form)
        exact = credited.status_code == 201 and credited.json()["net"]["minor"] == back
        stage.must("and what went back is credited, to the cent", exact, credited.text)
        stage.things.add(credited.json()["id"])
    return whole


def _items(visitor: Visitor) -> dict[str, int]:
    """What of a firm's invoices is still to be paid, by invoice."""
    page = visitor.get("/v1/open-items", params={"limit": MOST, "role": "received", "which": "all"}).json()["items"]
    return {one["invoice_id"]: one["open"]["minor"] for one in page}


def _books(stage: Stage) -> None:
    tell, operator = stage.narrator, stage.visitor(OPERATOR)
    tell.step("All that the books were told of it adds up to nothing, in each currency")
    keepers = [stage.visitor(email).signed_in() for email in KEEPERS]
    names = {str(one.organization_id): one.role.firm_latin for one in keepers}
    told = set().union(*together(partial(_postings, stage), keepers))
    postings = together(lambda one: operator.get(f"/v1/operator/ledger/postings/{one}").json(), sorted(told))
    sums: Counter[tuple[str, str, str]] = Counter()
    crooked = []
    for posting in postings:
        crooked += [posting["id"]] if any(_totals(posting["legs"]).values()) else []
        for leg in posting["legs"]:
            holder = HOUSE if leg["organization_id"] is None else names.get(leg["organization_id"], "?")
            sums[leg["amount"]["currency"], leg["purpose"]["label"], holder] += _signed(leg)
    tell.acts(operator.role, f"reads {len(postings)} postings, leg by leg")
    rows = [
        [currency, holder, purpose, *_sides(minor)]
        for (currency, purpose, holder), minor in sorted(sums.items())
        if minor
    ]
    tell.table(["", "of", "account", "debit", "credit"], rows)
    tell.check("every posting is balanced", bool(postings) and not crooked, str(crooked))
    totals: Counter[str] = Counter()
    for (currency, _, _), minor in sums.items():
        totals[currency] += minor
    zero = dict(totals) == dict.fromkeys(stage.earned, 0)
    tell.check(f"{' and '.join(sorted(totals))}: debits less credits are 0", zero, str(totals))
    income = _income(postings)
    tell.check(
        "the house has its commission, less what went back, and no cent more", income == stage.earned, str(income)
    )


def _postings(stage: Stage, visitor: Visitor) -> set[str]:
    """Ids of the postings in a firm's accounts since the tour began."""
    found: set[str] = set()
    for account in visitor.get("/v1/ledger/accounts", params={"limit": MOST}).json()["items"]:
        page = visitor.get(f"/v1/ledger/accounts/{account['id']}/entries", params={"limit": MOST}).json()["items"]
        found |= {one["posting_id"] for one in page if datetime.fromisoformat(one["posted_at"]) >= stage.began_at}
    return found


def _signed(leg: Answer) -> int:
    return int(leg["amount"]["minor"]) * (1 if leg["side"]["code"] == "debit" else -1)


def _totals(legs: list[Answer]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for leg in legs:
        totals[leg["amount"]["currency"]] += _signed(leg)
    return totals


def _sides(minor: int) -> tuple[str, str]:
    text = f"{abs(minor) / 100:,.2f}"
    return (text, "") if minor > 0 else ("", text)


def _income(postings: list[Answer]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for posting in postings:
        for leg in posting["legs"]:
            if leg["purpose"]["code"] == "commission_income":
                found[leg["amount"]["currency"]] -= _signed(leg)
    return dict(found)


def _statement(stage: Stage) -> None:
    tell, maker = stage.narrator, stage.visitor(CHINESE)
    tell.step("The maker's own statement of account")
    accounts = maker.get("/v1/ledger/accounts", params={"limit": MOST}).json()["items"]
    account = next(
        one for one in accounts if (one["purpose"]["code"], one["currency"]) == ("payable_to_supplier", "USD")
    )
    answer = maker.get(f"/v1/ledger/accounts/{account['id']}/statement", params={"format": "csv"})
    stage.must("written in Chinese", answer.is_success, answer.text)
    lines = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    head, rows = lines[0], [line for line in lines[3:] if line]
    tell.acts(maker.role, f"reads what the house owes him: {account['balance']['text']}")
    tell.says(" · ".join(head))
    for row in rows[-5:]:
        tell.says(" · ".join(cell for cell in (row[0], row[1], *row[4:]) if cell))
    debit, credit = (sum(Decimal(row[at] or 0) for row in rows) for at in (4, 5))
    opening, closing = Decimal(rows[0][6]), Decimal(rows[-1][6])
    whole = opening + credit - debit == closing == Decimal(account["balance"]["minor"]).scaleb(-2)
    tell.check("what it began with, all entries, and what it comes to agree", whole, str(rows[-3:]))
