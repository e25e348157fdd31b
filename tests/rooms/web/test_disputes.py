"""Disputes at the storefront: opened, answered with files, proposed, agreed on and decided, without a script."""

import re
from typing import Any

from app.finance.disputes.limits import ANSWER_DAYS
from app.kit.locales import LOCALES
from tests.market import Market, Member
from tests.rooms.backoffice.browser import with_password
from tests.rooms.documents import samples
from tests.rooms.finance.disputes import disputed, history, proposed, read, step
from tests.rooms.finance.milestones import milestone_of, payment_milestone
from tests.rooms.web.reader import Outline, Reader, main_text, reading
from tests.statements import count_statements


async def _send(
    reader: Reader, path: str, act: str = "", *, files: list[tuple[str, bytes]] | None = None, **fields: str
) -> tuple[int, str, str]:
    """Fill in a form of a page; (status, where it leads, the page)."""
    hidden = await reader.hidden(path)
    options: dict[str, Any] = {}
    if files is not None:
        options["files"] = [("files", (name, content, "application/octet-stream")) for name, content in files]
    answer = await reader.post(path, {**hidden, **fields, "act": act}, **options)
    return answer.status_code, answer.headers.get("location", ""), answer.text


async def test_a_buyer_opens_one_and_the_supplier_answers_with_files(market: Market) -> None:
    buyer, supplier = await with_password(market, "buyer"), await with_password(market, "supplier")
    milestone_id = await payment_milestone(market, buyer, supplier)
    form = f"/en/payment-milestones/{milestone_id}/dispute"
    async with reading(market) as nobody:
        asked = await nobody.get(form)
        assert asked.status_code == 303 and "sign-in" in asked.headers["location"]
        assert (await nobody.post(form, {"key": "1"})).status_code == 303
    async with reading(market, buyer) as reader:
        page = (await reader.get(form)).text
        assert "PO-2026-0042, milestone 3" in page and "€3,000.00" in page and page.count("<option value") >= 7
        status, _, text = await _send(reader, form, reason="dimension", text="  ")
        assert status == 422 and 'role="alert"' in text
        script = ("core.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
        status, _, text = await _send(reader, form, reason="surface", text="Scratched.", files=[script])
        assert status in (415, 422) and "Scratched." in text
        assert (await milestone_of(market, buyer, milestone_id)).frozen_by is None
        drawing = ("core.pdf", samples.pdf())
        status, there, text = await _send(reader, form, reason="surface", text="Scratched.", files=[drawing, drawing])
        assert status == 303, text
        page = (await reader.get(there)).text
        assert "Surface not as agreed" in page and "core.pdf" in page and "is being checked" in page
        late = {**await reader.hidden(there), "reason": "late", "text": "Again."}
        again = await reader.post(form, late)
        assert again.status_code == 409 and "A dispute about it is open." in again.text
        assert "This milestone cannot be disputed now." in again.text
        await market.work()
        page = (await reader.get(there)).text
        file = re.search(r'href="(/en/files/[0-9a-f-]+)"', page)
        assert file
        got = await reader.get(file[1])
        assert (
            got.status_code == 200
            and got.content == samples.pdf()
            and "attachment" in got.headers["content-disposition"]
        )
    async with reading(market, supplier) as reader:
        assert (await reader.get(file[1])).status_code == 200
        assert "PO-2026-0042, milestone 3" in (await reader.get("/en/disputes")).text
        status, _, text = await _send(reader, there, "message", text="Polished anew.\r\nSee photo.", files=[])
        assert status == 303, text
        assert "Polished anew." in (await reader.get(there)).text
        status, _, text = await _send(reader, there, "propose", release="3000.01")
        assert status == 422 and "Give an amount" in text
        status, _, text = await _send(reader, there, "propose", release="2800", text="Our last word.")
        assert status == 303, text
        status, _, _ = await _send(reader, there, "withdraw")
        assert status == 404
        bare = await reader.get(there.removeprefix("/en"))
        assert bare.status_code == 302 and bare.headers["location"].endswith(there.removeprefix("/en"))
    async with reading(market, await with_password(market, "buyer", "supplier")) as stranger:
        assert [(await stranger.get(path)).status_code for path in (there, file[1], form)] == [404] * 3
        assert "There are none." in (await stranger.get("/en/disputes")).text
    async with reading(market, buyer) as reader:
        page = (await reader.get(there)).text
        assert "€2,800.00 for the supplier, €200.00 for the buyer" in main_text(page)
        offer = re.search(r'name="proposal" value="([0-9a-f-]+)"', page)
        assert offer
        status, _, text = await _send(reader, there, "accept", proposal=offer[1])
        assert status == 303, text
        page = (await reader.get(there)).text
        assert "Agreed" in page and "<form" not in page.split("<main", 1)[1].split("</main>")[0]
    found = await milestone_of(market, buyer, milestone_id)
    assert (found.released_minor, found.refunded_minor, found.frozen_by) == (280_000, 20_000, None)


async def test_a_form_acts_once_and_the_operator_decides(market: Market) -> None:
    buyer, supplier = await market.people("buyer"), await market.people("supplier")
    operator = await with_password(market, "operator")
    told = await disputed(market, buyer, supplier)
    market.move_clock(days=ANSWER_DAYS, minutes=1)
    buyer, supplier = await market.member(buyer.firm), await market.member(supplier.firm)
    await step(buyer, told, "escalation")
    path = f"/en/disputes/{told['id']}"
    async with reading(market, operator) as reader:
        page = (await reader.get("/en/disputes")).text
        assert "To be decided" in page and path in page
        hidden = await reader.hidden(path)
        said = {**hidden, "act": "message", "text": "Please send the report."}
        answers = [await reader.post(path, said) for _ in range(2)]
        assert [one.status_code for one in answers] == [303, 303]
        assert len(await history(buyer, told)) == 3
        assert (await reader.post(path, {**said, "form_token": "x"})).status_code == 403
        status, _, text = await _send(reader, path, "decide", release="1000", text="")
        assert status == 422 and 'value="1000"' in text
        status, _, text = await _send(reader, path, "decide", release="1000", text="The report shows 12.08 mm.")
        assert status == 303, text
        assert "Decided by the operator" in (await reader.get(path)).text
    ended = await read(supplier, told)
    assert (ended["state"]["code"], ended["split"]["refund"]["minor"]) == ("decided", 200_000)


async def test_pages_are_whole_in_every_language_and_cost_the_same(market: Market) -> None:
    buyer, supplier = await with_password(market, "buyer"), await market.people("supplier")
    told = await disputed(market, buyer, supplier)
    await proposed(supplier, told, 100_000)
    async with reading(market, buyer) as reader:
        for locale in LOCALES:
            tag = locale.lower()
            for path in (f"/{tag}/disputes", f"/{tag}/disputes/{told['id']}"):
                answer = await reader.get(path)
                assert answer.status_code == 200, path
                outline = Outline(answer.text)
                named = {one["for"] for one in outline.all("label") if "for" in one}
                asked = [one for kind in ("input", "textarea", "select") for one in outline.all(kind)]
                for one in asked:
                    assert one.get("type") in ("hidden", "radio") or one.get("id") in named or "aria-label" in one, (
                        path,
                        one,
                    )
                ids = [one["id"] for _, one in outline.elements if "id" in one]
                assert len(ids) == len(set(ids)), path
        counted: list[int] = []
        for _ in range(2):
            with count_statements(market.db) as seen:
                await reader.get(f"/en/disputes/{told['id']}")
            counted.append(len(seen))
            await _say(supplier, told, 10)
        assert counted[0] == counted[1]


async def _say(who: Member, told: dict[str, Any], often: int) -> None:
    for _ in range(often):
        await step(who, told, "messages", 201, text="x")
