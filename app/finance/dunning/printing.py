"""What stands on the page of a reminder, every word, day and amount as the debtor writes it."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from app.documents import facade as documents
from app.finance.dunning.models import DunningLine, DunningNotice
from app.finance.dunning.states import TONE_LABELS, Tone
from app.finance.dunning.views import by_currency
from app.finance.invoicing.facade import percent_text
from app.kit.locales import N_, NP_, translate
from app.reference import facade as reference

TEMPLATE = Path(__file__).with_name("letter.typ")
Row = tuple[str, str]

WORDS = {
    "number": NP_("dunning letter", "Invoice"),
    "invoiced_on": NP_("dunning letter", "Date"),
    "due_on": NP_("dunning letter", "Due on"),
    "days": NP_("dunning letter", "Days overdue"),
    "open": NP_("dunning letter", "Open"),
    "claimed": NP_("dunning letter", "Interest and fixed sum"),
    "step": NP_("dunning letter", "Reminder no."),
    "payment": NP_("dunning letter", "Please pay to"),
    "page": NP_("dunning letter", "Page {page} of {pages}"),
}

OPENINGS = {
    Tone.FRIENDLY: N_(
        "Surely it has only been overlooked: the invoices below were due and we have not received your payment yet. "
        "Please pay what is open within the next days. If your payment has crossed this letter, please take it as settled."
    ),
    Tone.FIRM: N_(
        "Although we have reminded you, the invoices below are still open. Please pay them within seven days, "
        "or tell us at once what keeps you from doing so."
    ),
    Tone.LAST: N_(
        "This is our last reminder. If what is open is not paid within seven days, we will take further steps without "
        "writing to you again."
    ),
}
STATUTORY = N_(
    "For late payment we claim interest of {margin} points above the reference rate of the European Central Bank, "
    "and a fixed sum of {fixed} for each invoice in euros (Articles 3 and 6 of Directive 2011/7/EU)."
)
AGREED = N_("For late payment we claim interest of {percent} a year, as agreed.")
CLAIMED_BEFORE = N_(
    "For late payment of invoice {number} we have made a claim on {day}; {amount} of it are open besides."
)
QUESTIONS = N_("If you dispute an invoice, please tell us which one and why.")


async def printed(notice: DunningNotice, lines: Sequence[DunningLine], locale: str) -> bytes:
    """The PDF of a letter in a language. Call it with no transaction open. Raises `NotTypeset`."""
    return await documents.typeset(TEMPLATE, page(notice, lines, locale), locale=locale, dated=notice.issued_on)


def page(notice: DunningNotice, lines: Sequence[DunningLine], locale: str) -> dict[str, Any]:
    """The texts of the page; the template only places them. `{page}` and `{pages}` are filled in there."""
    head, tone = notice.letterhead, Tone(notice.tone)
    owed = by_currency((line.currency, line.open_minor) for line in lines)
    claimed = by_currency((line.currency, line.interest_minor + line.fixed_minor) for line in lines)
    return {
        "words": {name: translate(word, locale) for name, word in WORDS.items()},
        "title": translate(TONE_LABELS[tone], locale),
        "date": reference.display_date(notice.issued_on, locale),
        "day": [notice.issued_on.year, notice.issued_on.month, notice.issued_on.day],
        "issuer": _party(head["issuer"], locale),
        "recipient": _party(head["recipient"], locale),
        "opening": translate(OPENINGS[tone], locale),
        "lines": [_line(line, locale) for line in lines],
        "claims": bool(claimed),
        "sums": _sums(owed, claimed, locale),
        "reasons": _reasons(head, bool(claimed), locale),
        "payment": _payment(head, locale),
        "legal_note": head.get("legal_note"),
    }


def _party(told: dict[str, Any], locale: str) -> dict[str, Any]:
    lines = [*told["lines"], reference.country_name(told["country"], locale)]
    return {"name": told["name"], "latin": told["latin"], "lines": lines}


def _line(line: DunningLine, locale: str) -> dict[str, str]:
    extra = line.interest_minor + line.fixed_minor
    return {
        "number": line.number,
        "invoiced_on": reference.display_date(line.invoiced_on, locale),
        "due_on": reference.display_date(line.due_on, locale),
        "days": reference.display_number(line.days_overdue, locale),
        "step": reference.display_number(line.step, locale) if line.step else "–",
        "open": reference.display_money(line.open_minor, line.currency, locale),
        "claimed": reference.display_money(extra, line.currency, locale) if extra else "–",
    }


def _sums(owed: Sequence[tuple[str, int]], claimed: Sequence[tuple[str, int]], locale: str) -> list[Row]:
    rows = [
        (translate(NP_("dunning letter", "Open in all"), locale), reference.display_money(minor, currency, locale))
        for currency, minor in owed
    ]
    rows += [
        (
            translate(NP_("dunning letter", "Claimed for late payment"), locale),
            reference.display_money(minor, currency, locale),
        )
        for currency, minor in claimed
    ]
    return rows


def _reasons(head: dict[str, Any], claims: bool, locale: str) -> list[str]:
    said = []
    if claims and "statutory" in head:
        law = head["statutory"]
        fixed = reference.display_money(law["fixed_sum_minor"], law["fixed_sum_currency"], locale)
        margin = reference.display_number(law["margin_bp"] // 100, locale)
        said.append(translate(STATUTORY, locale, margin=margin, fixed=fixed))
    if claims and "agreed_bp" in head:
        said.append(translate(AGREED, locale, percent=percent_text(head["agreed_bp"], locale)))
    for told in head.get("claims", ()):
        day = reference.display_date(date.fromisoformat(told["claimed_on"]), locale)
        open_now = reference.display_money(told["open_minor"], told["currency"], locale)
        said.append(translate(CLAIMED_BEFORE, locale, number=told["number"], day=day, amount=open_now))
    return [*said, translate(QUESTIONS, locale)]


def _payment(head: dict[str, Any], locale: str) -> list[Row]:
    rows: Sequence[tuple[tuple[str, str], str | None]] = (
        (NP_("invoice page", "Account holder"), head.get("account_name")),
        (NP_("invoice page", "Account"), head.get("account")),
        (NP_("invoice page", "BIC"), head.get("bic")),
    )
    return [(translate(word, locale), value) for word, value in rows if value]
