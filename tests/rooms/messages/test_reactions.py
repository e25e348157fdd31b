"""What people are told of the parties room's news, over HTTP and in their mailboxes."""

import re
from datetime import timedelta
from email.message import EmailMessage

import psycopg

from app.gateways.mail_sink import SinkMailServer
from tests.market import Market, Member
from tests.rooms.parties.approvals import asked_for
from tests.rooms.parties.people import registered

Owner = psycopg.Connection[tuple[object, ...]]


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return part.get_content()


async def notices(member: Member) -> list[str]:
    return [item["notice"] for item in (await member.get("/v1/notifications")).json()["items"]]


async def test_an_invitation_reaches_somebody_who_is_not_a_member(market: Market, sink: SinkMailServer) -> None:
    owner = await market.people("supplier")
    form = {"email": "neu@extern.example", "roles": ["sales"], "locale": "de"}
    assert (await owner.post("/v1/invitations", json=form)).status_code == 201
    await market.work()
    [mail] = sink.mails(to="neu@extern.example")
    assert mail.locale == "de"
    text = text_of(mail.parsed())
    found = re.search(r"http://testserver/invitations/(\S+)", text)
    assert found is not None
    preview = await market.nobody.post("/v1/invitations/preview", json={"token": found[1]})
    assert preview.status_code == 200
    assert mail.parsed()["List-Unsubscribe"] is None
    assert await notices(owner) == []


async def test_a_withdrawn_invitation_is_not_mailed(market: Market, sink: SinkMailServer, owner: Owner) -> None:
    inviting = await market.people("supplier")
    form = {"email": "neu@extern.example", "roles": ["sales"]}
    made = await inviting.post("/v1/invitations", json=form)
    assert (await inviting.delete(f"/v1/invitations/{made.json()['id']}")).status_code == 204
    await market.work()
    assert sink.mails() == []


async def test_links_for_ones_own_account_are_mailed_and_stored_nowhere(
    market: Market, sink: SinkMailServer, owner: Owner
) -> None:
    form, _ = await registered(market)
    email = form["owner"]["email"]
    await market.work()
    [mail] = sink.mails(to=email)
    confirmation = re.search(r"http://testserver/email-confirmation/(\S+)", text_of(mail.parsed()))
    assert confirmation is not None
    confirmed = await market.nobody.put("/v1/auth/email-confirmation", json={"token": confirmation[1]})
    assert confirmed.status_code == 204, confirmed.text

    assert (await market.nobody.post("/v1/auth/password-reset", json={"email": email})).status_code == 202
    await market.nobody.post("/v1/auth/password-reset", json={"email": "nobody@nowhere.example"})
    await market.work()
    [_, mail] = sink.mails()
    assert (mail.recipients, mail.locale) == ((email,), "zh-Hans")
    found = re.search(r"http://testserver/password-reset/(\S+)", text_of(mail.parsed()))
    assert found is not None
    for table in ("mails", "outbox_events", "procrastinate_jobs", "notifications"):
        rows = owner.execute(f"SELECT t::text FROM {table} t").fetchall()
        assert not any(found[1] in str(row[0]) or confirmation[1] in str(row[0]) for row in rows)
    assert owner.execute("SELECT count(*) FROM notifications").fetchone() == (0,)
    reset = {"token": found[1], "new_password": "a new password, long enough"}
    assert (await market.nobody.put("/v1/auth/password-reset", json=reset)).status_code == 204


async def test_security_mails_cannot_be_switched_off(market: Market, sink: SinkMailServer) -> None:
    person = await market.people("buyer")
    muted = {"muted_groups": ["organization", "approvals", "trade", "integration"]}
    changed = await person.put("/v1/notifications/preferences", json=muted, headers={"If-Match": "*"})
    assert changed.status_code == 200
    await market.nobody.post("/v1/auth/password-reset", json={"email": person.email})
    await market.work()
    assert len(sink.mails(to=person.email)) == 1


async def test_approvers_are_asked_and_the_requester_is_answered(market: Market, sink: SinkMailServer) -> None:
    firm = await market.firm("buyer")
    owner = await market.member(firm)
    approver = await market.member(firm, "approver", locale="ja")
    deputy = await market.member(firm, "approver")
    purchaser = await market.member(firm, "purchaser", locale="zh-Hans")
    supplier = await market.firm("supplier")
    rule = {"name": "All orders", "approver_ids": [str(approver.person_id)]}
    assert (await owner.post("/v1/approval-rules", json=rule)).status_code == 201
    until = (market.clock.now() + timedelta(days=3)).isoformat()
    handed = await approver.post(
        "/v1/approval-delegations", json={"to_person_id": str(deputy.person_id), "ends_at": until}
    )
    assert handed.status_code == 201, handed.text
    approval_id = await asked_for(market, purchaser, supplier.id)
    await market.work()
    assert await notices(approver) == ["parties.approval_requested"]
    assert await notices(deputy) == ["parties.approval_requested"]
    assert await notices(purchaser) == []
    assert await notices(owner) == []
    [mail] = sink.mails(to=approver.email)
    assert mail.locale == "ja"
    assert f"http://testserver/approvals/{approval_id}" in text_of(mail.parsed())

    assert (await approver.post(f"/v1/approvals/{approval_id}/approve", json={})).status_code == 200
    await market.work()
    assert await notices(purchaser) == ["parties.approval_granted"]
    assert [mail.locale for mail in sink.mails(to=purchaser.email)] == ["zh-Hans"]

    refused = await asked_for(market, purchaser, supplier.id)
    await market.work()
    answer = await approver.post(f"/v1/approvals/{refused}/reject", json={"comment": "Too dear."})
    assert answer.status_code == 200, answer.text
    await market.work()
    assert await notices(purchaser) == ["parties.approval_refused", "parties.approval_granted"]


async def test_an_organization_hears_of_its_badge(market: Market, sink: SinkMailServer) -> None:
    operator = await market.people("operator")
    firm = await market.firm("supplier", verified=False)
    owner, seller = await market.member(firm), await market.member(firm, "sales")
    path = f"/v1/operator/organizations/{firm.id}/verification"
    for outcome in ("verified", "revoked"):
        answer = await operator.post(path, json={"outcome": outcome, "note": "Register seen."})
        assert answer.status_code == 200, answer.text
    await market.work()
    assert sorted(await notices(owner)) == ["parties.organization_unverified", "parties.organization_verified"]
    assert await notices(seller) == []
    assert len(sink.mails(to=owner.email)) == 2


async def test_machines_have_no_notifications(market: Market) -> None:
    owner = await market.people("buyer")
    machine = await market.machine(owner, "read")
    for path in ("/v1/notifications", "/v1/notifications/preferences"):
        answer = await machine.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "notifications-are-personal")
    put = await machine.put("/v1/notifications/preferences", json={"muted_groups": []}, headers={"If-Match": "*"})
    assert put.status_code == 403
    assert (await machine.get("/v1/events")).status_code == 200
