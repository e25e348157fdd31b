"""Orders and invoices on the pages: a supplier invoices by milestones and takes back, both sides read and download."""

from tests.market import Market
from tests.rooms.backoffice.browser import with_password
from tests.rooms.finance.invoices import paid_somewhere, to_invoice
from tests.rooms.web.reader import Outline, Reader, main_text, reading


async def sent(reader: Reader, page: str, action: str, **fields: str) -> tuple[int, str]:
    """A form of a page: the status, and where it leads to or what it says."""
    hidden = await reader.hidden(page)
    form = {"form_token": hidden["form_token"], "key": hidden["key"], **fields}
    answer = await reader.post(action, form)
    again = await reader.post(action, form)
    if answer.status_code == 303:
        # The same form sent twice acts once.
        assert again.headers["location"] == answer.headers["location"]
        return 303, answer.headers["location"]
    return answer.status_code, main_text(answer.text)


async def test_a_supplier_invoices_by_milestones_and_takes_back(market: Market) -> None:
    buyer, supplier = await with_password(market, "buyer", locale="de"), await with_password(market, "supplier")
    order_id, _ = await to_invoice(market, buyer, supplier, milestone_template="split_30_40_30")
    order = f"/en/orders/{order_id}"
    action = f"{order}/invoices"
    async with reading(market, supplier) as reader:
        assert order in (await reader.get("/en/orders?side=supplier")).text
        form = {"kind": "invoice", "milestone": "t1", "terms_days": "14"}
        status, said = await sent(reader, order, action, **form)
        assert status == 409 and "Say first where you are paid" in said
        await paid_somewhere(supplier)
        for wrong in ({"terms_days": "soon"}, {"prepaid": "x"}, {"milestone": "no_such"}, {"discount_percent": "99"}):
            status, said = await sent(reader, order, action, **{**form, **wrong})
            assert status == 422 and "Issue an invoice" in said, wrong
        status, at = await sent(reader, order, action, **form, discount_percent="2", discount_days="7")
        assert status == 303
        shown = await reader.get(at)
        text = main_text(shown.text)
        assert all(part in text for part in ("Prepayment invoice", "RE-000001", "2 % discount", "being made")), text
        chosen = [one.get("value") for one in Outline((await reader.get(order)).text).all("option")]
        assert "t1" not in chosen and "design_approved" in chosen
        status, last = await sent(reader, order, action, kind="invoice", milestone="")
        assert status == 303 and "Deducts prepayment invoice" in main_text((await reader.get(last)).text)
        assert "All that is left" not in (await reader.get(order)).text
        note = f"{at}/credit-notes/new"
        status, said = await sent(reader, note, note, reason="Irrtum")
        assert status == 409 and "RE-000002 deducts this prepayment" in said
        note = f"{last}/credit-notes/new"
        status, said = await sent(reader, note, note, reason="Irrtum", **{"quantity.1": "many"})
        assert status == 422 and "Give the quantity of line 1 as a number." in said
        status, credited = await sent(reader, note, note, reason="Irrtum", **{"quantity.2": "1,5"})
        assert status == 303 and "GS-000001" in main_text((await reader.get(credited)).text)
        status, said = await sent(reader, order, action, kind="commercial", milestone="design_approved")
        assert status == 422 and "Leave the milestone out" in said
        status, pro_forma = await sent(reader, order, action, kind="pro_forma")
        assert status == 303

    await market.work()
    async with reading(market, buyer) as reader:
        for page, parts in (
            ("/de/invoices", ("RE-000001", "RE-000002", "GS-000001", "RE-PF-000001")),
            ("/de/invoices?role=issued", ()),
            (order.replace("/en/", "/ar/"), ("RE-000001",)),
        ):
            found = await reader.get(page)
            assert found.status_code == 200 and all(part in found.text for part in parts), page
        mine = await reader.get(at)
        assert "Take it back" not in mine.text and "Peppol" not in mine.text
        for path, kind in (
            (f"{at}/invoice.pdf", "application/pdf"),
            (f"{at}/files/facturx.pdf", "application/pdf"),
            (f"{at}/files/ubl.xml", "application/xml"),
        ):
            file = await reader.get(path)
            assert (file.status_code, file.headers["Content-Type"].partition(";")[0]) == (200, kind), path
        for path in (f"{at}/credit-notes/new", f"{pro_forma}/files/ubl.xml", f"{at}/files/other"):
            assert (await reader.get(path)).status_code == 404, path
        hidden = await reader.hidden("/en/basket")
        assert (await reader.post(action, {**form, "form_token": hidden["form_token"], "key": "k1"})).status_code == 404
    stranger = await with_password(market, "buyer")
    async with reading(market, stranger) as reader:
        for path in (order, at, f"{at}/invoice.pdf", f"{at}/files/ubl.xml"):
            assert (await reader.get(path)).status_code == 404, path
    async with reading(market) as reader:
        for path in (order, at, f"{at}/invoice.pdf"):
            away = await reader.get(path)
            assert (away.status_code, "/sign-in?next=" in away.headers["location"]) == (303, True)
        assert (await reader.get(at.removeprefix("/en"))).headers["location"] == at
