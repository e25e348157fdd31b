"""What mailed links lead to: pages that act only when their form is sent."""

from uuid import UUID

import pytest

from app.parties import facade as parties
from tests.market import Market
from tests.rooms.backoffice.browser import PASSWORD, with_password
from tests.rooms.parties.test_members import mailed
from tests.rooms.web.reader import reading

NEW = "another one of five words"


def _path(link: str, settings_url: str) -> str:
    assert link.startswith(settings_url)
    return link.removeprefix(settings_url)


async def test_a_forgotten_password_is_set_anew(market: Market) -> None:
    buyer = await with_password(market, "buyer")
    async with reading(market) as reader:
        assert "/de/password-reset" in (await reader.get("/de/sign-in")).text
        told = []
        for email in (buyer.email, "nobody@nowhere.example"):
            form = await reader.hidden("/en/password-reset")
            answer = await reader.post("/en/password-reset", {"form_token": form["form_token"], "email": email})
            assert answer.status_code == 200, answer.text
            told.append(answer.text)
        assert told[0] == told[1] and "on its way" in told[0]
        refused = await reader.post("/en/password-reset", {**form, "email": "no address"})
        assert refused.status_code == 422
        (reset_id,) = await mailed(market, "password_reset_requested", "reset_id")
        path = _path(parties.password_reset_link(market.settings, reset_id), market.settings.public_url)
        led = await reader.get(path, headers={"Accept-Language": "ja"})
        assert (led.status_code, led.headers["location"]) == (302, f"/ja{path}")
        page = await reader.get(f"/ja{path}")
        assert page.headers["cache-control"] == "no-store" and page.headers["x-robots-tag"] == "noindex"
        token = (await reader.hidden(f"/en{path}"))["form_token"]
        short = await reader.post(f"/en{path}", {"form_token": token, "new_password": "short"})
        own = await reader.post(f"/en{path}", {"form_token": token, "new_password": buyer.email})
        assert (short.status_code, own.status_code) == (422, 422)
        assert (await reader.post(f"/en{path}", {"form_token": "x", "new_password": NEW})).status_code == 403
        assert (await reader.sign_in(buyer.email)).status_code == 303
        await reader.post("/en/sign-out", await reader.hidden("/en/inquiries"))
        token = (await reader.hidden(f"/en{path}"))["form_token"]
        done = await reader.post(f"/en{path}", {"form_token": token, "new_password": NEW})
        assert done.status_code == 200 and "signed out everywhere" in done.text
        again = await reader.post(f"/en{path}", {"form_token": token, "new_password": NEW})
        assert again.status_code == 410
        assert (await reader.sign_in(buyer.email)).status_code == 400
        assert (await reader.sign_in(buyer.email, NEW)).status_code == 303


async def test_an_address_is_confirmed_by_a_button_and_not_by_a_look(market: Market) -> None:
    buyer = await with_password(market, "buyer")
    assert (await buyer.post("/v1/me/email-confirmation")).status_code == 202
    confirmation_id = (await mailed(market, "email_confirmation_requested", "confirmation_id"))[0]
    path = _path(parties.email_confirmation_link(market.settings, confirmation_id), market.settings.public_url)
    async with reading(market) as reader:
        for _ in range(2):
            token = (await reader.hidden(f"/fr{path}"))["form_token"]
        answers = [await reader.post(f"/fr{path}", {"form_token": token}) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 410]
        assert (await reader.get("/fr/email-confirmation/x")).status_code == 200
        assert (await reader.post("/fr/email-confirmation/x", {"form_token": token})).status_code == 422


@pytest.mark.parametrize("has_account", [False, True])
async def test_an_invitation_is_looked_at_and_accepted(market: Market, has_account: bool) -> None:
    owner = await market.people("buyer")
    email = (await with_password(market, "buyer")).email if has_account else "new@firm.example"
    made = await owner.post("/v1/invitations", json={"email": email, "roles": ["purchaser"]})
    assert made.status_code == 201, made.text
    link = parties.invitation_link(market.settings, UUID(made.json()["id"]))
    path = _path(link, market.settings.public_url)
    async with reading(market) as reader:
        page = await reader.get(f"/en{path}")
        firm = (await owner.get("/v1/organization")).json()["legal_name_local"]
        assert firm in page.text and email in page.text
        assert ('name="password"' in page.text) != has_account
        form = {"form_token": (await reader.hidden(f"/en{path}"))["form_token"]}
        if not has_account:
            assert (await reader.post(f"/en{path}", form)).status_code == 422
            form |= {"name": "Nina Neu", "password": PASSWORD}
        done = await reader.post(f"/en{path}", form)
        assert done.status_code == 200 and "You belong to" in done.text, done.text
        for spent in (await reader.get(f"/en{path}"), await reader.post(f"/en{path}", form)):
            assert spent.status_code == 410 and "<form method" not in spent.text
        assert (await reader.sign_in(email)).status_code == 303
    members = (await owner.get("/v1/members")).json()["items"]
    assert email in {member["email"] for member in members}
