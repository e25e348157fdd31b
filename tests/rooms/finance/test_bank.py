"""Statements over HTTP: taken over once, booked to the cent, assigned by what they name, and the rest by a person."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from typer.testing import CliRunner

from app.cli import cli
from app.finance import facade as finance
from app.finance.bank.jobs import match_bank_entries_again
from app.finance.facade import AccountOf, Purpose
from app.kit.db.engine import Database, Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime
from app.kit.locales import LOCALES
from app.settings import Settings, get_settings
from tests.market import Market, Member
from tests.rooms.finance.bank_desk import EXAMPLE, UPLOAD, XML, entries, holds, paid, proved, sent, told, undone
from tests.rooms.finance.books import Owner, operator, posted, taken
from tests.rooms.finance.statements import amount, details, document, entry, statement, structured, till_of, written


async def test_money_is_assigned_by_what_it_names(market: Market, db: Database) -> None:
    chief, buyer = await operator(market), await market.firm("buyer")
    with till_of(buyer.id) as till:
        whole, named, part, whole_only, twice = (
            till.awaits(100_000),
            till.awaits(25_000),
            till.awaits(90_000),
            till.awaits(5_000, takes_parts=False),
            till.awaits(7_000),
        )
        kept = (
            f"<Chrgs><Rcrd>{amount('10.00')}<CdtDbtInd>DBIT</CdtDbtInd><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs>"
        )
        lines = (
            entry("990.00", details(charges=kept, remittance=structured(whole))),
            entry("250.00", details(remittance=written("Zahlung", named[:7].lower() + " " + named[7:12], named[12:]))),
            paid(part, 40_000),
            paid(whole_only, 4_000),
            paid(twice, 9_000),
            paid(twice, 100),
            entry("1.00", details(remittance=written(f"{part} and {named}"))),
            entry("2.00", details(remittance=written("no idea"))),
            paid("RF18539007547034", 300),
            entry("-8.50", code="CCRD/CHRG"),
            entry("-20.00"),
        )
        total = 99_000 + 25_000 + 40_000 + 4_000 + 9_000 + 100 + 100 + 200 + 300 - 850 - 2_000
        content = document(statement("500.00", f"{(50_000 + total) / 100:.2f}", *lines))
        made = await sent(chief, content)
        assert [one["is_new"] for one in made["statements"]] == [True]
        # Before anybody has looked at them the books say what the bank says.
        assert await holds(market) == 50_000 + total == made["statements"][0]["statement"]["closing"]["minor"]
        assert await proved(db) == []
        await market.work()
        found = await entries(chief)
        assert [(one["state"]["code"], one["finding"] and one["finding"]["code"]) for one in found] == [
            ("settled", None),
            ("settled", None),
            ("settled", None),
            ("open", "too_little"),
            ("open", "too_much"),
            ("open", "nothing_awaited"),
            ("open", "ambiguous"),
            ("open", "no_reference"),
            ("open", "unknown_reference"),
            ("settled", None),
            ("open", "money_out"),
        ]
        assert found[4]["left"]["minor"] == 2_000 and found[0]["amount"]["minor"] == 100_000
        assert [one.amount_minor for one in till.received.values()] == [100_000, 25_000, 40_000, 7_000]
        assert till.asked[part].amount_minor == 50_000
        assert await holds(market, Purpose.BANK_CHARGES) == 1_850
        assert await holds(market, Purpose.UNASSIGNED) == sum(one["left"]["minor"] for one in found)
        assert await holds(market) == 50_000 + total and await proved(db) == []
        # Taken over again nothing is done, nor under another name.
        for again in (content, content.replace(b"<Id>2026-1</Id>", b"<Id>2026-X</Id>")):
            assert [one["is_new"] for one in (await sent(chief, again))["statements"]] == [False]
        assert len(await entries(chief)) == 11
        labels = set()
        for locale in LOCALES:
            answer = await chief.get("/v1/operator/bank-entries?state=open", headers={"Accept-Language": locale})
            labels.add(answer.json()["items"][0]["finding"]["label"])
        assert labels


async def test_the_operator_assigns_undoes_and_sets_aside(market: Market, db: Database) -> None:
    chief, buyer = await operator(market), await market.firm("buyer")
    with till_of(buyer.id) as till:
        reference = till.awaits(10_000)
        lines = (entry("60.00"), entry("70.00"), entry("5.00"), entry("-5.00"), entry("3.00"))
        await sent(chief, document(statement("0.00", "133.00", *lines)))
        await market.work()
        first, second, astray, back, interest = await entries(chief, "&state=open")
        one = await told(chief, first, "matches", reference=f"  {reference[:4]} {reference[4:]}".lower())
        assert (one["state"]["code"], one["matches"][0]["amount"]["minor"]) == ("settled", 6_000)
        rest = await told(chief, second, "matches", reference=reference)
        assert (rest["state"]["code"], rest["left"]["minor"], till.asked[reference].amount_minor) == ("open", 3_000, 0)
        await told(chief, second, "matches", 409, reference=reference)
        await told(chief, first, "matches", 409, reference=reference)
        unknown = await told(chief, second, "matches", 409, reference="RF18539007547034")
        assert unknown["code"] == "bank-reference-unknown"
        again = await undone(chief, one["matches"][0])
        assert (again["state"]["code"], again["finding"]["code"], again["left"]["minor"]) == ("open", "undone", 6_000)
        assert again["matches"][0]["undone_because"] == "Wrong one." and till.asked[reference].amount_minor == 6_000
        await undone(chief, one["matches"][0], 409)
        await told(chief, first, "matches", 409, reference=reference, amount_minor=6_001)
        half = await told(chief, first, "matches", reference=reference, amount_minor=2_000)
        assert half["left"]["minor"] == 4_000 and await proved(db) == []

        off = await told(chief, astray, "disposal", disposal="not_ours", reason="For the firm next door.")
        assert (off["state"]["code"], off["left"]["minor"]) == ("settled", 0)
        await told(chief, back, "offset", 409, bank_entry_id=astray["id"], reason="Sent back.")
        assert (await undone(chief, off["matches"][0]))["left"]["minor"] == 500
        await told(chief, interest, "offset", 409, bank_entry_id=astray["id"], reason="Both came in.")
        pair = await told(chief, back, "offset", bank_entry_id=astray["id"], reason="Sent back.")
        assert pair["left"]["minor"] == 0
        [other] = [row for row in await entries(chief) if row["id"] == astray["id"]]
        assert other["state"]["code"] == "settled"
        assert (await undone(chief, other["matches"][-1]))["state"]["code"] == "open"
        assert len(await entries(chief, "&state=open")) == 5
        given = await told(chief, interest, "disposal", disposal="charge", reason="Interest of the bank.")
        assert await holds(market, Purpose.BANK_CHARGES) == -300
        await undone(chief, given["matches"][0])
        assert await holds(market, Purpose.BANK_CHARGES) == 0 and await proved(db) == []
    with till_of(buyer.id, final=True) as till:
        settled = await told(chief, interest, "matches", reference=till.awaits(300))
        assert (await undone(chief, settled["matches"][0], 409))["code"] == "bank-match-final"
        assert await proved(db) == []


async def test_reversals_late_references_and_refusals(market: Market, db: Database) -> None:
    chief, buyer = await operator(market), await market.firm("buyer")
    with till_of(buyer.id) as till:
        known, late = till.awaits(5_000), till.awaits(700)
        asked = till.asked.pop(late)
        lines = (
            paid(known, 5_000, reference="B1"),
            entry("-50.00", reversal=True, reference="B1"),
            entry("9.00", reference="B2"),
            entry("-9.00", reversal=True, reference="B2"),
            entry("-1.00", reversal=True, reference="B9"),
            paid(late, 700),
        )
        await sent(chief, document(statement("1.00", "7.00", *lines)))
        await market.work()
        found = await entries(chief)
        assert [one["finding"] and one["finding"]["code"] for one in found] == [
            None,
            "reversal",
            None,
            None,
            "reversal",
            "unknown_reference",
        ]
        # What was assigned is taken back by a person, and then makes up for the reversal.
        await undone(chief, found[0]["matches"][0])
        await told(chief, found[1], "offset", bank_entry_id=found[0]["id"], reason="The bank took it back.")
        assert till.asked[known].amount_minor == 5_000
        till.asked[late], till.refuses = asked, True
        runtime = Runtime(market.settings, market.db, market.clock)
        await match_bank_entries_again(runtime)
        await market.work()
        [refused] = await entries(chief, "&finding=refused")
        assert refused["refusal"] == "conflict" and refused["left"]["minor"] == 700
        till.refuses = False
        assert (await told(chief, refused, "matches", reference=late))["state"]["code"] == "settled"
        assert await proved(db) == [] and await holds(market) == 700


async def test_what_a_person_said_of_a_part_stays(market: Market, db: Database) -> None:
    chief, buyer = await operator(market), await market.firm("buyer")
    with till_of(buyer.id) as till:
        known, late, later = till.awaits(400), till.awaits(900), till.awaits(200)
        asked = {one: till.asked.pop(one) for one in (late, later)}
        # The reversal stands before what it takes back.
        lines = (paid(late, 1_000), paid(later, 200), entry("-3.00", reversal=True, reference="B1"))
        await sent(chief, document(statement("0.00", "12.00", *lines, paid(known, 300, reference="B1"))))
        await market.work()
        found = await entries(chief)
        assert [one["state"]["code"] for one in found] == ["open", "open", "settled", "settled"]
        half = await told(chief, found[0], "matches", reference=known)
        assert (half["left"]["minor"], half["finding"]["code"]) == (600, "unknown_reference")
        till.asked |= asked
        await match_bank_entries_again(Runtime(market.settings, market.db, market.clock))
        await market.work()
        assert [one["state"]["code"] for one in await entries(chief)] == ["settled"] * 4
        assert sorted(one.amount_minor for one in till.received.values()) == [200, 400, 600]
        assert await proved(db) == [] and await holds(market) == 1_200


async def test_two_entries_are_set_off_in_parts_and_parted_again(market: Market, db: Database) -> None:
    chief, buyer = await operator(market), await market.firm("buyer")
    with till_of(buyer.id) as till:
        reference = till.awaits(300)
        await sent(chief, document(statement("0.00", "2.00", entry("10.00"), entry("-8.00"))))
        await market.work()
        came, left = await entries(chief)
        part = (await told(chief, came, "matches", reference=reference))["matches"][0]
        await told(chief, left, "offset", bank_entry_id=came["id"], reason="Sent back.")
        await undone(chief, part)
        whole = await told(chief, left, "offset", bank_entry_id=came["id"], reason="Sent back.")
        assert (whole["left"]["minor"], [one["amount"]["minor"] for one in whole["matches"]]) == (0, [-700, -100])
        assert (await undone(chief, whole["matches"][1]))["left"]["minor"] == -100
        [again, _] = await entries(chief)
        assert again["left"]["minor"] == 300 and await proved(db) == []


async def test_statements_follow_one_another(market: Market, db: Database, owner: Owner) -> None:
    chief = await operator(market)
    one = statement("0.00", "5.00", entry("5.00", day="2026-10-05"), name="A", days=("2026-10-05", "2026-10-05"))
    two = statement("5.00", "9.00", entry("4.00", day="2026-10-06"), name="B", days=("2026-10-06", "2026-10-06"))
    three = statement("9.00", "9.00", name="C", days=("2026-11-07", "2026-11-07"))
    unknown = await sent(chief, document(one), new=False, status=409)
    assert (unknown["code"], unknown["account"]) == ("bank-account-unknown", "DE89 3704 0044 0532 0130 00")
    await sent(chief, document(one))
    missing = await sent(chief, document(three), status=409)
    assert (missing["code"], missing["begins"], missing["ended"]) == ("bank-statement-missing", "9.00 EUR", "5.00 EUR")
    differs = statement("0.00", "6.00", entry("6.00"), name="A", days=("2026-10-05", "2026-10-05"))
    assert (await sent(chief, document(differs), status=409))["code"] == "bank-statement-differs"
    wrong = await sent(chief, document(two, three.replace("9.00", "8.00", 1)), status=422)
    assert (wrong["code"], wrong["errors"][0]["pointer"]) == ("bank-statement-refused", "/statements/2")
    assert "8.00 EUR" in wrong["errors"][0]["detail"]
    # A month is closed before the bank's word for it comes: it is booked on the first day after.
    closing = await chief.post("/v1/operator/ledger/periods/2026-10/closing")
    assert closing.status_code == 200, closing.text
    made = await sent(chief, document(three, two), new=False)
    assert [one["statement"]["identification"] for one in made["statements"]] == ["B", "C"]
    days = owner.execute(
        "SELECT p.occurred_on::text FROM ledger_postings p WHERE cause_kind = 'bank_entry' ORDER BY 1"
    ).fetchall()
    assert [row[0] for row in days] == ["2026-10-05", "2026-11-01"]
    dollars = statement("7.00", "7.00", name="D", iban="GB33BUKB20201555555555", currency="USD")
    await sent(chief, document(dollars))
    assert (await holds(market), await holds(market, currency="USD")) == (900, 700)
    assert await holds(market, Purpose.RETAINED, "USD") == 700 and await proved(db) == []
    ahead = (market.clock.now() + timedelta(days=3)).date().isoformat()
    late = statement("9.00", "10.00", entry("1.00", day=ahead), name="E", days=(ahead, ahead))
    assert (await sent(chief, document(late), status=422))["code"] == "ledger-day-ahead"
    shown = (await chief.get(UPLOAD)).json()["items"]
    assert [row["position"] for row in shown] == [1, 3, 2, 1]
    assert (await chief.get(f"{UPLOAD}/{shown[0]['id']}")).json() == shown[0]
    assert len(await entries(chief, f"&of_statement={shown[3]['id']}")) == 1


async def test_only_the_operator_comes_near(market: Market, db: Database) -> None:
    chief, other = await operator(market), await market.people("buyer", "supplier")
    await sent(chief, document(statement("0.00", "5.00", entry("5.00"))))
    await market.work()
    [one] = await entries(chief)
    viewer: Member = await market.member(chief.firm, "viewer")
    body = document(statement("5.00", "6.00", entry("1.00"), name="2"))
    verbs: dict[str, Any] = {
        "matches": {"reference": "RF18539007547034"},
        "offset": {"bank_entry_id": one["id"], "reason": "Sent back."},
        "disposal": {"disposal": "not_ours", "reason": "Not for us."},
    }
    for caller, status in ((market.nobody, 401), (other, 403), (viewer, 403)):
        await sent(caller, body, status=status)
        for verb, form in verbs.items():
            await told(caller, one, verb, status, **form)
        for path in (UPLOAD, "/v1/operator/bank-entries", f"/v1/operator/bank-entries/{one['id']}"):
            assert (await caller.get(path)).status_code == status
    assert (await entries(chief)) == [one]
    huge = await chief.post(UPLOAD, content=b" " * (market.settings.max_batch_bytes + 1), headers=XML)
    assert huge.status_code == 413
    for content in (b"%PDF-1.7", b"", body[:-20], b"<!DOCTYPE a><a/>"):
        answer = await chief.post(UPLOAD, content=content, headers=XML)
        assert answer.status_code == 422, answer.text
    async with db.transaction(Role.WORKER) as session:
        await act_for(session, other.firm.id)
        assert (await session.scalar(text("SELECT count(*) FROM bank_entries"))) == 0
        with pytest.raises(ProgrammingError, match="permission denied"):
            await session.execute(text("UPDATE bank_tasks SET left_minor = 0"))


async def test_the_database_holds_it_and_verify_sees_what_it_cannot(market: Market, db: Database, owner: Owner) -> None:
    chief = await operator(market)
    await sent(chief, EXAMPLE.read_bytes())
    await market.work()
    assert await proved(db) == []
    for statement_ in (
        "UPDATE bank_entries SET amount_minor = 1",
        "DELETE FROM bank_statements",
        "TRUNCATE bank_matches CASCADE",
        "DELETE FROM bank_tasks",
        "UPDATE bank_tasks SET state = 'new', finding = NULL WHERE state = 'open'",
    ):
        with pytest.raises(psycopg.Error, match=r"append-only|not new"):
            owner.execute(statement_)
    # Triggers act as `owner`, behind the walls.
    owner.execute("SET row_security = on")
    lone = (
        "INSERT INTO bank_statements (id, account, currency, position, identification, opening_minor, opening_on, "
        "closing_minor, closing_on, entries, sha256) VALUES (uuidv7(), 'DE89370400440532013000', 'EUR', {}, 'x', {}, "
        "'2026-11-30', {}, '2026-11-30', 0, sha256('x'))"
    )
    for position, opening, closing in ((3, 0, 0), (1, 0, 5)):
        with pytest.raises(psycopg.Error, match=r"add up|begins with|account_currency_position"):
            owner.execute(lone.format(position, opening, closing))
    with pytest.raises(psycopg.Error, match="come with their statement"):
        owner.execute(
            "INSERT INTO bank_entries (id, statement_id, entry, part, currency, booked_minor, charge_minor, amount_minor, "
            "booked_on, reversal, is_charge, structured, written) "
            "SELECT uuidv7(), id, 99, 1, 'EUR', 1, 0, 1, '2026-11-30', false, false, '{}', '{}' FROM bank_statements LIMIT 1"
        )
    with pytest.raises(psycopg.Error, match="left_in_range"):
        owner.execute(
            "INSERT INTO bank_matches (id, entry_id, kind, source, amount_minor, reason) "
            "SELECT uuidv7(), entry_id, 'not_ours', 'hand', left_minor * 2, 'x' FROM bank_tasks WHERE state = 'open' LIMIT 1"
        )
    # Behind the walls and past the triggers: each check sees it.
    owner.execute("SET session_replication_role = replica")
    owner.execute("UPDATE bank_statements SET closing_minor = closing_minor + 1, opening_minor = opening_minor + 1")
    assert [one.split()[0] for one in await proved(db)] == ["bank"]
    owner.execute("UPDATE bank_statements SET closing_minor = closing_minor - 1, opening_minor = opening_minor - 1")
    owner.execute("UPDATE bank_statements SET closing_minor = closing_minor + 1, position = position + 10")
    assert {one.split()[0] for one in await proved(db)} == {"statement", "bank"}
    owner.execute("UPDATE bank_statements SET closing_minor = closing_minor - 1, position = position - 10")
    owner.execute("UPDATE bank_tasks SET left_minor = left_minor - 1 WHERE state = 'open'")
    assert {one.split()[0] for one in await proved(db)} == {"entry"}
    owner.execute("UPDATE bank_tasks SET left_minor = left_minor + 1 WHERE state = 'open'")
    owner.execute(
        "INSERT INTO bank_matches (id, entry_id, kind, source, amount_minor, offset_id) SELECT uuidv7(), entry_id, 'offset', "
        "'hand', left_minor, entry_id FROM bank_tasks WHERE state = 'open' LIMIT 1"
    )
    assert {one.split()[0] for one in await proved(db)} == {"entry", "set-off"}
    owner.execute("DELETE FROM bank_matches WHERE kind = 'offset' AND offset_id = entry_id")
    owner.execute("SET session_replication_role = DEFAULT")
    assert await proved(db) == []
    firm = await market.firm("buyer")
    day = market.clock.now().date()
    fact = taken(firm.id, 100, day)
    legs = tuple(
        (AccountOf(None, Purpose.BANK, "EUR") if one.organization_id is None else one, minor)
        for one, minor in fact.legs
    )
    await posted(market.db, finance.Posting(fact.kind, fact.cause, day, legs))
    assert [one.split()[0] for one in await proved(db)] == ["bank"]
    with pytest.raises(DBAPIError):
        async with db.transaction(Role.APP) as session:
            await session.execute(
                text("INSERT INTO bank_tasks (entry_id, amount_minor, left_minor) VALUES (uuidv7(), 1, 1)")
            )


def test_a_file_is_taken_over_at_the_command_line(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, owner: Owner, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("PARTINGLINE_SECRET_KEY", settings.secret_key.get_secret_value())
    monkeypatch.setenv("COLUMNS", "200")
    get_settings.cache_clear()
    try:
        refused = CliRunner().invoke(cli, ["bank", "import", str(EXAMPLE)])
        assert refused.exit_code == 1 and "say that it is new" in refused.output
        for said in ("taken over", "is here already"):
            done = CliRunner().invoke(cli, ["bank", "import", str(EXAMPLE), "--new-account"])
            assert done.exit_code == 0, done.output
            assert done.output.count(said) == 2
        broken = tmp_path / "broken.xml"
        broken.write_bytes(EXAMPLE.read_bytes().replace(b"21373.60", b"21373.61"))
        refused = CliRunner().invoke(cli, ["bank", "import", str(broken)])
        assert refused.exit_code == 1 and "/statements/2: " in refused.output
        missing = CliRunner().invoke(cli, ["bank", "import", str(tmp_path / "none.xml")])
        assert missing.exit_code == 1 and "cannot be read" in missing.output
    finally:
        get_settings.cache_clear()
    [count] = owner.execute(
        "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'finance.match_bank_entries'"
    ).fetchall()
    assert count[0] == 1
