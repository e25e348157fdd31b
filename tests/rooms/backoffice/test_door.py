"""Who gets in: the house's own sign-in, its throttle and second factor, and nobody but operators."""

import re

import psycopg
import pytest

from app.backoffice import seat
from tests.market import Market
from tests.rooms.backoffice.browser import CSRF, SEAT, Browser, browser, operating, set_up_totp, with_password

Owner = psycopg.Connection[tuple[object, ...]]


async def test_the_sign_in_page_opens_a_session_and_sign_out_ends_it(market: Market, owner: Owner) -> None:
    async with operating(market) as (opened, operator):
        home = await opened.get("/")
        assert home.status_code == 200
        assert "<title>Overview</title>" in home.text
        open_sessions = "SELECT count(*) FROM sign_ins WHERE person_id = %s AND ended_at IS NULL"
        before = owner.execute(open_sessions, (operator.person_id,)).fetchone()
        kept = opened.http.cookies[SEAT]
        left = await opened.post("/logout")
        assert left.status_code == 303
        assert SEAT not in opened.http.cookies
        after = owner.execute(open_sessions, (operator.person_id,)).fetchone()
        assert before is not None and after is not None and int(str(before[0])) - int(str(after[0])) == 1
        # The old cookie is worth nothing: the session itself is over.
        opened.http.cookies.set(SEAT, kept, path="/backoffice")
        assert (await opened.get("/")).status_code == 303
        acts = owner.execute("SELECT action FROM audit_entries WHERE entity = 'session' ORDER BY id").fetchall()
        assert [act for (act,) in acts] == ["session.open", "session.end"]


async def test_the_cookie_is_hidden_and_stays_on_this_site(market: Market) -> None:
    operator = await with_password(market, "operator")
    async with browser(market) as opened:
        answer = await opened.sign_in(operator.email)
        cookie = next(line for line in answer.headers.get_list("set-cookie") if line.startswith(SEAT))
        assert {"HttpOnly", "SameSite=strict", "Path=/backoffice", "Max-Age=900"} <= set(cookie.split("; "))
        assert str(operator.person_id) not in cookie
        market.app.state.settings = market.settings.model_copy(update={"environment": "production"})
        answer = await opened.sign_in(operator.email)
        cookies = answer.headers.get_list("set-cookie")
        assert any(line.startswith(f"__Secure-{SEAT}=") for line in cookies)
        assert all("; Secure" in line and "SameSite=strict" in line for line in cookies)


async def test_the_cookie_is_renewed_in_use_and_dies_unused(market: Market) -> None:
    async with operating(market) as (opened, _):
        first = opened.http.cookies[SEAT]
        assert (await opened.get("/")).status_code == 200
        assert opened.http.cookies[SEAT] == first
        market.move_clock(minutes=6)
        assert (await opened.get("/")).status_code == 200
        assert opened.http.cookies[SEAT] != first
        market.move_clock(minutes=16)
        assert (await opened.get("/")).status_code == 303


async def test_no_session_sits_longer_than_a_working_day(market: Market) -> None:
    async with operating(market) as (opened, _):
        signed_in_at = market.clock.now()
        while (await opened.get("/verification")).status_code == 200:
            market.clock.offset += seat.LIFE * 14 / 15
        sat = market.clock.now() - signed_in_at
        assert seat.LONGEST <= sat <= seat.LONGEST + seat.LIFE


async def test_an_altered_cookie_is_nobody(market: Market) -> None:
    async with operating(market) as (opened, _):
        value = opened.http.cookies[SEAT]
        for wrong in (value[:-2] + "AA", "x", "", "é", value + "A" * 2000):
            answer = await opened.http.get("/backoffice/", headers={"Cookie": f"{SEAT}={wrong}".encode()})
            assert answer.status_code in (303, 200)
            opened.http.cookies.delete(SEAT)
            answer = await opened.http.get("/backoffice/", headers={"Cookie": f"{SEAT}={wrong}".encode()})
            assert answer.status_code == 303


async def test_who_operates_nowhere_is_refused_and_signed_out(market: Market, owner: Owner) -> None:
    for roles, as_ in ((("buyer",), ("owner",)), (("operator",), ("viewer",))):
        person = await with_password(market, *roles, as_=as_)
        async with browser(market) as opened:
            answer = await opened.sign_in(person.email)
            assert answer.status_code == 403
            assert SEAT not in opened.http.cookies
            assert (await opened.get("/organizations/list")).status_code == 303
        rows = owner.execute(
            "SELECT ended_at IS NULL FROM sign_ins WHERE person_id = %s ORDER BY id", (person.person_id,)
        ).fetchall()
        assert [still for (still,) in rows] == [True, False]  # the first is the test market's own


async def test_an_operator_who_first_joined_another_firm_acts_for_the_operator(market: Market, owner: Owner) -> None:
    person = await with_password(market, "buyer")
    operator_firm = await market.firm("operator")
    owner.execute(
        "INSERT INTO memberships (id, person_id, organization_id, roles) VALUES (gen_random_uuid(), %s, %s, '{admin}')",
        (person.person_id, operator_firm.id),
    )
    async with browser(market) as opened:
        assert (await opened.sign_in(person.email)).status_code == 303
        assert (await opened.get("/people/list")).status_code == 200


async def test_access_ends_with_the_membership(market: Market, owner: Owner) -> None:
    async with operating(market) as (opened, operator):
        await market.member(operator.firm)  # the one owner that a firm keeps
        owner.execute("UPDATE memberships SET roles = '{viewer}' WHERE person_id = %s", (operator.person_id,))
        assert (await opened.get("/organizations/list")).status_code == 403
        assert (await opened.act("organizations", "verify", operator.firm.id, note="x")).status_code == 403
        owner.execute("UPDATE memberships SET ended_at = now() WHERE person_id = %s", (operator.person_id,))
        assert (await opened.get("/organizations/list")).status_code == 303


async def test_wrong_passwords_are_slowed_down(market: Market) -> None:
    operator = await with_password(market, "operator")
    async with browser(market) as opened:
        answers = [(await opened.sign_in(operator.email, "wrong password!")) for _ in range(7)]
        assert [answer.status_code for answer in answers[:5]] == [400] * 5
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["retry-after"]) > 0
        assert (await opened.sign_in(operator.email)).status_code == 429
        assert "wrong password!" not in answers[0].text


async def test_the_second_factor_holds(market: Market) -> None:
    operator = await with_password(market, "operator")
    totp = await set_up_totp(market, operator)
    code = totp.at(market.clock.now())
    async with browser(market) as opened:
        assert (await opened.sign_in(operator.email)).status_code == 400
        wrong = f"{(int(code) + 1) % 10**6:06}"
        assert (await opened.sign_in(operator.email, otp=wrong)).status_code == 400
        assert (await opened.sign_in(operator.email, otp=code)).status_code == 303
    async with browser(market) as another:
        assert (await another.sign_in(operator.email, otp=code)).status_code == 400


async def test_every_post_needs_its_token(market: Market, owner: Owner) -> None:
    async with operating(market) as (opened, _):
        firm = await market.firm("supplier", verified=False)
        paths = [
            "/login",
            "/logout",
            "/verification/verify",
            f"/_api/organizations/row-action?name=verify&pk={firm.id}",
            "/_api/organizations/action?name=export",
        ]
        for path in paths:
            for headers in ({}, {"X-CSRFToken": "wrong"}, {"X-CSRFToken": opened.http.cookies[CSRF] + "x"}):
                answer = await opened.post(path, csrf=False, headers=headers, data={"note": "n"})
                assert answer.status_code == 403, path
            for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
                answer = await opened.post(path, headers=headers, data={"note": "n"})
                assert answer.status_code == 403, path
        assert (await opened.get("/")).status_code == 200
        row = owner.execute("SELECT verified_at FROM organizations WHERE id = %s", (firm.id,)).fetchone()
        assert row == (None,)


async def test_refusals_at_the_wall_are_said_in_the_readers_language(market: Market) -> None:
    async with browser(market) as opened:
        german = {"Accept-Language": "de"}
        elsewhere = await opened.post("/login", headers={"Sec-Fetch-Site": "cross-site", **german})
        assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "sent-from-elsewhere")
        assert "anderen Website" in elsewhere.json()["title"]
        broken = await opened.get("/login?next=%00", headers=german)
        assert (broken.status_code, broken.json()["code"]) == (400, "unreadable-request")
        assert broken.headers["content-language"] == "de"
        assert "script-src" in broken.headers["content-security-policy"]


async def test_the_way_back_leads_to_this_site_alone(market: Market) -> None:
    operator = await with_password(market, "operator")
    async with browser(market) as opened:
        asked = await opened.get("/people/list")
        assert asked.headers["location"].startswith("http://testserver/backoffice/login?next=")
        await opened.get("/login")
        form = {"email": operator.email, "password": "correct horse battery staple"}
        for wanted in ("https://evil.example/", "//evil.example", "/\\evil.example"):
            answer = await opened.post("/login", params={"next": wanted}, data=form)
            assert answer.headers["location"].rstrip("/") == "http://testserver/backoffice"


@pytest.mark.parametrize("locale", ["en", "de", "ja", "ar"])
async def test_pages_speak_the_operators_language(market: Market, locale: str) -> None:
    operator = await with_password(market, "operator", locale=locale)
    async with browser(market) as opened:
        await opened.sign_in(operator.email)
        page = await opened.get("/organizations/list")
        assert page.status_code == 200
        assert f'<html lang="{locale}"' in page.text
        assert page.headers["content-language"] == locale
        opened.http.cookies.set("backoffice-language", "fr")
        assert '<html lang="fr"' in (await opened.get("/organizations/list")).text


async def _policy_holds(opened: Browser, path: str) -> int:
    page = await opened.get(path)
    assert page.status_code == 200, path
    policy = page.headers["content-security-policy"]
    found = re.search(r"script-src 'nonce-([^']+)'", policy)
    assert found
    for tag in re.findall(r"<(?:script|style)\b[^>]*>", page.text):
        assert f'nonce="{found[1]}"' in tag, tag
    assert re.findall(r"<[^>]+\son[a-z]+\s*=", page.text) == []
    assert re.findall(r"""(?:src|href)="(https?://(?!testserver/)[^"]+)""", page.text) == []
    assert "rsms.me" not in page.text
    assert "unsafe-inline" not in policy.replace("style-src-attr 'unsafe-inline'", "")
    assert page.headers["cache-control"] == "no-store"
    return len(re.findall(r"<script", page.text))


async def test_pages_run_no_script_without_a_nonce(market: Market) -> None:
    async with operating(market) as (opened, operator):
        paths = ["/", "/login", "/verification", "/organizations/list", f"/organizations/detail?pk={operator.firm.id}"]
        assert all([await _policy_holds(opened, path) > 3 for path in paths])
        page = (await opened.get("/organizations/list")).text
        files = set(re.findall(r'(?:src|href)="http://testserver/backoffice(/static/[^"]+)"', page))
        assert len(files) > 8
        for file in files:
            assert (await opened.get(file)).status_code == 200, file
