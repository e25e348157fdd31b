"""Signing in at the storefront: the house's own sign-in, its throttle and second factor, and the form's token."""

import psycopg

from tests.market import Market
from tests.rooms.backoffice.browser import set_up_totp, with_password
from tests.rooms.web.reader import reading

SEAT = "partingline-seat"
Owner = psycopg.Connection[tuple[object, ...]]


async def test_signing_in_and_out(market: Market, owner: Owner) -> None:
    buyer = await with_password(market, "buyer")
    async with reading(market) as reader:
        away = await reader.get("/en/inquiries")
        assert (away.status_code, away.headers["location"]) == (303, "/en/sign-in?next=%2Fen%2Finquiries")
        found = await reader.hidden("/en/sign-in")
        form = {"form_token": found["form_token"], "email": buyer.email, "password": "correct horse battery staple"}
        answer = await reader.post("/en/sign-in?next=/en/inquiries", form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/en/inquiries")
        cookie = next(line for line in answer.headers.get_list("set-cookie") if line.startswith(SEAT))
        assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
        assert str(buyer.person_id) not in cookie
        page = await reader.get("/en/inquiries")
        assert page.status_code == 200 and "Erika Mustermann" in page.text
        assert page.headers["cache-control"] == "private, no-cache"
        kept = reader.http.cookies[SEAT]
        assert (await reader.post("/en/sign-out", {"form_token": "wrong"})).status_code == 403
        left = await reader.post("/en/sign-out", await reader.hidden("/en/inquiries"))
        assert left.status_code == 303 and SEAT not in reader.http.cookies
        # The old cookie is worth nothing: the session itself is over.
        reader.http.cookies.set(SEAT, kept)
        assert (await reader.get("/en/inquiries")).status_code == 303
    acts = owner.execute("SELECT action FROM audit_entries WHERE entity = 'session' ORDER BY id").fetchall()
    assert [act for (act,) in acts] == ["session.open", "session.end"]


async def test_a_wrong_password_is_counted_and_slowed_down(market: Market, owner: Owner) -> None:
    buyer = await with_password(market, "buyer")
    async with reading(market) as reader:
        statuses = [(await reader.sign_in(buyer.email, "wrong")).status_code for _ in range(8)]
        assert statuses[0] == 400 and statuses[-1] == 429
        assert SEAT not in reader.http.cookies
        refused = await reader.sign_in(buyer.email, "wrong")
        assert "Retry-After" in refused.headers
    failures = owner.execute("SELECT max(failures) FROM login_throttles").fetchone()
    assert failures is not None and int(str(failures[0])) >= 5


async def test_the_second_factor_is_asked_for(market: Market) -> None:
    buyer = await with_password(market, "buyer")
    codes = await set_up_totp(market, buyer)
    async with reading(market) as reader:
        asked = await reader.sign_in(buyer.email)
        assert asked.status_code == 400 and SEAT not in reader.http.cookies
        assert (await reader.sign_in(buyer.email, otp="000000")).status_code == 400
        answer = await reader.sign_in(buyer.email, otp=codes.at(market.clock.now()))
        assert answer.status_code == 303 and SEAT in reader.http.cookies


async def test_the_form_belongs_to_the_browser(market: Market) -> None:
    buyer = await with_password(market, "buyer")
    async with reading(market) as one, reading(market) as other:
        token = (await one.hidden("/en/sign-in"))["form_token"]
        await other.hidden("/en/sign-in")
        for form_token in (token, "", "x"):
            form = {"form_token": form_token, "email": buyer.email, "password": "correct horse battery staple"}
            answer = await other.post("/en/sign-in", form)
            assert answer.status_code == 403 and SEAT not in other.http.cookies


async def test_the_cookie_is_renewed_in_use_and_dies_unused(market: Market) -> None:
    buyer = await with_password(market, "buyer")
    async with reading(market, buyer) as reader:
        first = reader.http.cookies[SEAT]
        await reader.get("/en/")
        assert reader.http.cookies[SEAT] == first
        market.move_clock(minutes=12)
        await reader.get("/en/")
        assert reader.http.cookies[SEAT] != first
        market.move_clock(minutes=61)
        assert (await reader.get("/en/inquiries")).status_code == 303


async def test_in_production_cookies_need_tls(market: Market) -> None:
    buyer = await with_password(market, "buyer")
    market.app.state.settings = market.settings.model_copy(update={"environment": "production"})
    async with reading(market) as reader:
        page = await reader.get("/en/sign-in")
        secret = next(line for line in page.headers.get_list("set-cookie"))
        assert "; Secure" in secret
        reader.http.cookies.set("partingline-form", secret.split(";")[0].partition("=")[2])
        token = page.text.partition('name="form_token" value="')[2].partition('"')[0]
        form = {"form_token": token, "email": buyer.email, "password": "correct horse battery staple"}
        answer = await reader.post("/en/sign-in", form)
        cookies = answer.headers.get_list("set-cookie")
        assert any(line.startswith(f"__Host-{SEAT}=") for line in cookies)
        assert all("; Secure" in line for line in cookies)


async def test_preferences_of_a_person_count_until_the_browser_has_its_own(market: Market) -> None:
    buyer = await with_password(market, "buyer")
    async with reading(market, buyer) as reader:
        assert "EUR" in (await reader.get("/en/")).text.partition("<summary>")[2]
        await reader.post("/en/preferences", {"currency": "JPY"})
        assert "mm · JPY" in (await reader.get("/en/")).text
