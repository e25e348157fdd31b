"""Days of calendars, debts that are set off, the provider's codes as sentences."""

from datetime import date, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from app.finance.payouts.requirements import FURTHER, asked_for, text_of
from app.finance.payouts.rules import Terms, debt, is_enough, pays_on, set_off
from app.finance.payouts.states import WAY_OF_ITEMS, ItemState, Rhythm, Way

DAYS = st.dates(date(2024, 1, 1), date(2031, 12, 31))
AMOUNTS = st.integers(0, 10**9)


def terms(rhythm: Rhythm, day: int | None = None, least: int = 0) -> Terms:
    weekday, month_day = (day, None) if rhythm is Rhythm.WEEKLY else (None, day)
    return Terms(rhythm, weekday, month_day, (least, "EUR"), 7, Way.PROVIDER)


@given(DAYS, st.integers(1, 7), st.integers(1, 28))
@example(date(2026, 12, 29), 1, 28)
def test_the_next_day_of_a_calendar(due_on: date, weekday: int, month_day: int) -> None:
    assert pays_on(terms(Rhythm.DAILY), due_on) == due_on
    ahead = [due_on + timedelta(days=days) for days in range(40)]
    assert pays_on(terms(Rhythm.WEEKLY, weekday), due_on) == next(day for day in ahead if day.isoweekday() == weekday)
    assert pays_on(terms(Rhythm.MONTHLY, month_day), due_on) == next(day for day in ahead if day.day == month_day)


@given(st.lists(AMOUNTS, max_size=8), AMOUNTS)
def test_a_debt_is_set_off_once(open_minor: list[int], debt_minor: int) -> None:
    parts = set_off(open_minor, debt_minor)
    assert all(0 <= part <= amount for part, amount in zip(parts, open_minor, strict=True))
    assert sum(parts) == min(debt_minor, sum(open_minor))
    whole = [part == amount for part, amount in zip(parts, open_minor, strict=True)]
    assert whole == sorted(whole, reverse=True) or 0 in open_minor, "the first amounts are set off first"


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_what_is_sent_and_set_off_leaves_the_balance_even(owed: int, asked: int, owes: int) -> None:
    """The ledger has what is owed, less what is asked back and less the debt: so much is found again."""
    assert debt(owed, asked, owed - asked - owes) == owes
    assert debt(owed, asked, owed - asked + owes) == 0


def test_what_is_worth_a_payout() -> None:
    least = terms(Rhythm.DAILY, least=5_000)
    assert [is_enough(least, minor, "EUR") for minor in (4_999, 5_000, 0)] == [False, True, True]
    assert is_enough(least, 1, "JPY")


def test_codes_are_told_as_sentences() -> None:
    codes = (
        "external_account",
        "tos_acceptance.date",
        "tos_acceptance.ip",
        "company.tax_id",
        "company.address.line1",
        "person_1Nv2.first_name",
        "person_1Nv2.dob.day",
        "representative.verification.document",
        "person_1Nv2.relationship.title",
        "owners.email",
        "company.owners_provided",
        "individual.id_number",
        "something.nobody.has.heard.of",
    )
    found = asked_for(codes)
    assert [text for text, _ in found][:2] == ["Your bank account", "Your consent to the terms of the payment provider"]
    assert found[-1] == (FURTHER, ["something.nobody.has.heard.of"])
    assert sorted(code for _, several in found for code in several) == sorted(codes)
    assert text_of("individual.address.city") == "The name, birthday and address of a person"
    assert text_of("company.directors_provided") == "Who owns and who manages the company"


def test_items_go_no_other_way() -> None:
    ends = {state for state, following in WAY_OF_ITEMS.items() if not following}
    # What was sent may come back from the bank.
    assert ends == {ItemState.SET_OFF, ItemState.DROPPED} and set(WAY_OF_ITEMS) == set(ItemState)
