"""Take an invoice back by a credit note, in whole or by lines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.einvoicing.document import Document, Kind, Line, Reference
from app.finance.einvoicing.totals import round_half_up, smallest_step, totals
from app.finance.invoicing import queries, rules, stored
from app.finance.invoicing.describing import require_sound
from app.finance.invoicing.drafts import InvoiceDraft
from app.finance.invoicing.errors import InvoiceDeducted, InvoicingDetailsMissing, NotCreditable
from app.finance.invoicing.models import Invoice
from app.finance.invoicing.parts import in_accounting_currency
from app.finance.invoicing.registry import JustIssued, tell_followers
from app.finance.invoicing.sentences import credit_terms, settled_terms
from app.finance.invoicing.states import ASKS_FOR_PAYMENT, InvoiceKind, InvoiceState
from app.finance.invoicing.usecases.issue import row_of, series_of, tell, want_files
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.locales import N_

Wanted = Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Left:
    """What a line of an invoice came to, and what of that no credit note has taken back."""

    quantity: Decimal
    net_minor: int
    rest_minor: int


async def credit(
    session: AsyncSession, actor: Actor, invoice_id: UUID, wanted: Wanted | None, reason: str, *, now: datetime
) -> Invoice:
    """A credit note over `wanted` (quantities by line; None is what is left of it), or over all that is left.

    The number is drawn first: whoever credits for the same issuer waits, and what is left is read after. Raises `NotFound`,
    `NotCreditable`, `InvoiceDeducted` while a final invoice deducts it, `InvoiceUnsound`, `Invalid` for lines that are not the
    invoice's or of which less is left.
    """
    return await _credit(session, actor, (actor.organization_id, invoice_id), lambda _left: wanted, reason, now=now)


async def credit_amounts(
    session: AsyncSession, issuer_id: UUID, invoice_id: UUID, minor: Mapping[str, int], reason: str, *, now: datetime
) -> Invoice:
    """A credit note over amounts of lines, without tax, that were given back already: only the tax on them is left to be. By
    nobody in particular. Raises as `credit` does."""
    return await _credit(
        session, None, (issuer_id, invoice_id), lambda left: quantities(minor, left), reason, given_back=True, now=now
    )


async def _credit(
    session: AsyncSession,
    actor: Actor | None,
    named: tuple[UUID, UUID],
    wants: Callable[[Mapping[str, Left]], Wanted | None],
    reason: str,
    *,
    given_back: bool = False,
    now: datetime,
) -> Invoice:
    issuer_id, invoice_id = named
    details = await queries.issuer(session, issuer_id)
    if details is None:
        raise InvoicingDetailsMissing()
    code = series_of(details, InvoiceKind.CREDIT_NOTE)
    number = await queries.draw_numbers(session, issuer_id, code, 1)
    row = await queries.invoice(session, invoice_id)
    if row is None or row.issuer_id != issuer_id:
        raise NotFound()
    if row.kind not in ASKS_FOR_PAYMENT or row.state != InvoiceState.ISSUED:
        raise NotCreditable()
    final = await queries.deducted_by(session, invoice_id)
    if final is not None:
        raise InvoiceDeducted(number=final.number)
    earlier = [stored.read(note.document) for note in await queries.credit_notes_of(session, invoice_id)]
    document = _document(row, earlier, wants(_left(row, earlier)), reason, now)
    if given_back:
        sums = totals(document)
        terms = document.payment_terms if sums.tax_minor else settled_terms(document.locale)
        document = replace(document, prepaid_minor=sums.net_minor, payment_terms=terms)
    draft = InvoiceDraft(
        issuer_id=row.issuer_id,
        recipient_id=row.recipient_id,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        currency=row.currency,
        lines=(),
        kind=InvoiceKind.CREDIT_NOTE,
        created_by=actor.person_id if actor else None,
    )
    values = row_of(draft, document, code, number, preceding_id=row.id)
    await queries.insert_invoices(session, [values], [])
    await want_files(session, [values], now=now)
    await tell(session, actor, values)
    await tell_followers(session, [JustIssued.of(values)])
    made = await queries.invoice(session, values["id"])
    assert made is not None
    return made


def quantities(minor: Mapping[str, int], left: Mapping[str, Left]) -> dict[str, Decimal | None]:
    """How much of each line comes to an amount of it, of what is left: all of that is None, as a credit note takes it whole.
    Rounded down, with no more digits than it takes. Raises `ValueError` for more than is left."""
    found: dict[str, Decimal | None] = {}
    for line_id, amount_minor in minor.items():
        one = left[line_id]
        if not 0 < amount_minor <= one.rest_minor:
            raise ValueError(f"of line {line_id} {one.rest_minor} are left, and not {amount_minor}")
        found[line_id] = None if amount_minor == one.rest_minor else _quantity(one, amount_minor)
    return found


def _quantity(one: Left, amount_minor: int) -> Decimal:
    exact, digits = Fraction(one.quantity) * amount_minor / one.net_minor, 0
    while True:
        found = Decimal(int(exact * 10**digits)).scaleb(-digits)
        if found and round_half_up(Fraction(one.net_minor) * Fraction(found) / Fraction(one.quantity)) == amount_minor:
            return found
        digits += 1


def _left(row: Invoice, earlier: list[Document]) -> dict[str, Left]:
    invoice = stored.read(row.document)
    before = _before(earlier)
    return {
        line.id: Left(line.quantity, net_minor, net_minor - before.get(line.id, rules.Credited()).net_minor)
        for line, net_minor in zip(invoice.lines, totals(invoice).line_net_minor, strict=True)
    }


def _before(earlier: list[Document]) -> dict[str, rules.Credited]:
    return rules.credited_before(
        [pair for note in earlier for pair in zip(note.lines, totals(note).line_net_minor, strict=True)]
    )


def _document(row: Invoice, earlier: list[Document], wanted: Wanted | None, reason: str, now: datetime) -> Document:
    invoice = stored.read(row.document)
    lines = tuple(invoice.lines) if wanted is None and not earlier else _lines(invoice, earlier, wanted)
    again = wanted is None and not any(note.allowances for note in earlier)
    if not lines:
        raise NotCreditable()
    document = replace(
        invoice,
        kind=Kind.CREDIT_NOTE,
        number="",
        issued_on=now.date(),
        due_on=None,
        payment_terms=credit_terms(invoice.locale),
        transfer=None,
        lines=lines,
        allowances=invoice.allowances if again else (),
        prepaid_minor=0,
        rounding_minor=0,
        preceding=(Reference(invoice.number, invoice.issued_on),),
        notes=(reason,),
        discounts=(),
        before=invoice.before if not earlier and again else (),
    )
    document = in_accounting_currency(document)
    if not 0 < totals(document).net_minor <= row.net_minor - row.credited_net_minor:
        raise NotCreditable()
    require_sound(document)
    return document


def _lines(invoice: Document, earlier: list[Document], wanted: Wanted | None) -> tuple[Line, ...]:
    """What is taken back of each line; an invoice's line keeps its number in its credit notes."""
    before = _before(earlier)
    unknown = sorted(set(wanted or ()) - {line.id for line in invoice.lines})
    if unknown:
        message = N_("The invoice has no line {line}.")
        raise Invalid(errors=[FieldError("/lines", "unknown-line", message, {"line": unknown[0]})])
    step, found = smallest_step(invoice.currency), []
    for line, net_minor in zip(invoice.lines, totals(invoice).line_net_minor, strict=True):
        if wanted is not None and line.id not in wanted:
            continue
        quantity = wanted[line.id] if wanted is not None else None
        try:
            taken = rules.credited_line(line, net_minor, before.get(line.id, rules.Credited()), quantity, step)
        except rules.TooMuch as refused:
            message = N_("Of line {line} only {left} are left to be taken back.")
            params = {"line": refused.line_id, "left": format(refused.left.normalize(), "f")}
            raise Invalid(errors=[FieldError("/lines", "too-much-credited", message, params)]) from None
        if taken is not None:
            found.append(taken)
    return tuple(found)
