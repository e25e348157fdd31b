"""Invoices as their two sides see them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance import shown
from app.finance.einvoicing.document import Document
from app.finance.einvoicing.totals import totals
from app.finance.invoicing import file_queries, queries, stored
from app.finance.invoicing.complaints import broken_rules
from app.finance.invoicing.models import Invoice, TaxRate
from app.finance.invoicing.schemas import (
    CreditNoteRefOut,
    DeductionOut,
    ForeignTaxOut,
    InvoiceAmountOut,
    InvoiceFileOut,
    InvoiceFilesOut,
    InvoiceLineOut,
    InvoiceOut,
    InvoiceSideOut,
    InvoiceSummaryOut,
    InvoiceTaxOut,
    TaxRateOut,
)
from app.finance.invoicing.sentences import reason_of, terms_of
from app.finance.invoicing.states import (
    EXPORT_REASON_LABELS,
    FILES_STATE_LABELS,
    INVOICE_KIND_LABELS,
    INVOICE_ROLE_LABELS,
    INVOICE_STATE_LABELS,
    TAX_CATEGORY_LABELS,
    WITH_FORMS,
    InvoiceRole,
)
from app.kit.actor import Actor
from app.kit.locales import current_locale
from app.kit.schemas import labelled
from app.parties import facade as parties
from app.parties.facade import OrganizationRef
from app.reference import facade as reference

amount = shown.amounts(InvoiceAmountOut)
_side = shown.firms(InvoiceSideOut)


async def summaries(session: AsyncSession, actor: Actor, rows: Sequence[Invoice]) -> list[InvoiceSummaryOut]:
    """A page of invoices, in as many statements as for one."""
    firms = await parties.organizations(session, [one for row in rows for one in (row.issuer_id, row.recipient_id)])
    return [_summary(actor, row, firms) for row in rows]


def _summary(actor: Actor, row: Invoice, firms: Mapping[UUID, OrganizationRef]) -> InvoiceSummaryOut:
    role = InvoiceRole.ISSUED if row.issuer_id == actor.organization_id else InvoiceRole.RECEIVED
    return InvoiceSummaryOut(
        id=row.id,
        number=row.number,
        kind=labelled(row.kind, INVOICE_KIND_LABELS),
        state=labelled(row.state, INVOICE_STATE_LABELS),
        role=labelled(role, INVOICE_ROLE_LABELS),
        issuer=_side(firms, row.issuer_id),
        recipient=_side(firms, row.recipient_id),
        issued_on=row.issued_on,
        due_on=row.due_on,
        net=amount(row.net_minor, row.currency),
        tax=amount(row.tax_minor, row.currency),
        gross=amount(row.gross_minor, row.currency),
        payable=amount(row.payable_minor, row.currency),
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        preceding_id=row.preceding_id,
    )


async def invoice_out(session: AsyncSession, actor: Actor, row: Invoice) -> InvoiceOut:
    """An invoice with all that it says, its sentences in the reader's language."""
    document = stored.read(row.document)
    [summary] = await summaries(session, actor, [row])
    notes = await queries.credit_notes_of(session, row.id)
    locale, transfer = current_locale(), document.transfer
    return InvoiceOut(
        **dict(summary),
        prepaid=amount(row.prepaid_minor, row.currency),
        credited_net=amount(row.credited_net_minor, row.currency),
        locale=row.locale,
        supplied_on=document.delivery.on if document.delivery else None,
        order_reference=document.order_reference,
        contract_reference=document.contract_reference,
        payment_terms=terms_of(document, locale),
        account=transfer.account if transfer else None,
        bic=transfer.bic if transfer else None,
        payment_reference=transfer.reference if transfer else None,
        notes=list(document.notes),
        lines=_lines(document),
        taxes=_taxes(document),
        credit_notes=[
            CreditNoteRefOut(
                id=note.id, number=note.number, issued_on=note.issued_on, gross=amount(note.gross_minor, note.currency)
            )
            for note in notes
        ],
        deducts=[
            DeductionOut(
                id=deducted.id,
                number=deducted.number,
                issued_on=deducted.issued_on,
                net=amount(one.net_minor, row.currency),
                tax=amount(one.tax_minor, row.currency),
            )
            for one, deducted in (await queries.deductions_of(session, row.id) if document.preceding else ())
        ],
        tax_in_own_currency=_foreign_tax(document),
        export_reason=labelled(document.export_reason, EXPORT_REASON_LABELS) if document.export_reason else None,
        sha256=row.sha256.hex(),
        pdf=f"/v1/invoices/{row.id}/pdf",
        files=await _files(session, row) if row.kind in WITH_FORMS else None,
    )


async def _files(session: AsyncSession, row: Invoice) -> InvoiceFilesOut | None:
    filing = await file_queries.filing(session, row.id)
    if filing is None:
        return None
    return InvoiceFilesOut(
        state=labelled(filing.state, FILES_STATE_LABELS),
        peppol=filing.peppol,
        broken_rules=broken_rules(filing.complaint),
        items=[
            InvoiceFileOut(
                form=one.form,
                url=f"/v1/invoices/{row.id}/files/{one.form}",
                size_bytes=one.size_bytes,
                sha256=one.sha256.hex(),
            )
            for one in await file_queries.files(session, row.id)
        ],
    )


def _foreign_tax(document: Document) -> ForeignTaxOut | None:
    own, minor = document.tax_currency, document.tax_in_tax_currency_minor
    rate, day = document.tax_exchange_rate, document.tax_exchange_on
    if own is None or minor is None or rate is None or day is None:
        return None
    return ForeignTaxOut(amount=amount(minor, own), rate=rate, rate_of=day)


def quantity_text(value: Decimal, unit: str, locale: str) -> str:
    """A quantity as it was invoiced: in its own unit, whatever the reader measures in."""
    known = reference.is_known_unit(unit)
    if not known:
        return f"{reference.display_number(value, locale)} {unit}"
    system = reference.unit(unit).system
    return reference.display_quantity(value.normalize(), unit, locale, "inch" if system == "inch" else "metric").text


def _lines(document: Document) -> list[InvoiceLineOut]:
    return [
        InvoiceLineOut(
            id=line.id,
            name=line.name,
            description=line.description,
            quantity=line.quantity,
            unit=line.unit,
            quantity_text=quantity_text(line.quantity, line.unit, current_locale()),
            price_minor=line.price_minor,
            price_base=line.price_base,
            net=amount(net_minor, document.currency),
            hs_code=line.hs_code,
            origin_country=line.origin_country,
            net_mass_kg=line.net_mass_kg,
        )
        for line, net_minor in zip(document.lines, totals(document).line_net_minor, strict=True)
    ]


def _taxes(document: Document) -> list[InvoiceTaxOut]:
    return [
        InvoiceTaxOut(
            category=labelled(one.tax.category, TAX_CATEGORY_LABELS),
            rate_percent=one.tax.rate_percent,
            taxable=amount(one.taxable_minor, document.currency),
            tax=amount(one.tax_minor, document.currency),
            reason=reason_of(one.tax, current_locale()),
        )
        for one in totals(document).breakdown
    ]


def tax_rate_out(row: TaxRate) -> TaxRateOut:
    """A dated rate."""
    return TaxRateOut(
        country=row.country,
        category=labelled(row.category, TAX_CATEGORY_LABELS),
        rate_percent=None if row.rate_percent is None else Decimal(format(row.rate_percent.normalize(), "f")),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        source=row.source,
    )
