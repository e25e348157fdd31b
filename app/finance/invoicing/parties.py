"""The two sides of an invoice, as their own entries say it. What an organization tells is read while acting for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.einvoicing.document import Address, Contact, Identifier, Party
from app.finance.invoicing import queries
from app.finance.invoicing.models import InvoiceIssuer
from app.kit.db.tenancy import acting_for
from app.kit.errors import NotFound
from app.parties import facade as parties
from app.parties.facade import LegalParty

_ICD = {"lei": "0199", "jp_cn": "0188", "ch_uid": "0183"}
"""ISO/IEC 6523 codes of registers. Others are named without a scheme."""

_REGISTERED = ("uscc", "jp_cn", "tw_ubn", "kr_brn", "in_gstin", "cnpj", "ch_uid", "mx_rfc", "tr_vkn", "us_ein", "lei")
"""Which number names a firm in law, the national one first."""


def vat_id(legal: LegalParty) -> str | None:
    """BT-31, BT-48: the number under which value added tax is reckoned, where the country has one that begins with its code."""
    if "vat" in legal.numbers:
        return legal.numbers["vat"]
    if "gb_vat" in legal.numbers:
        return "GB" + legal.numbers["gb_vat"].removeprefix("GB")
    return legal.numbers.get("ch_uid")


@dataclass(frozen=True, slots=True)
class Told:
    """What an organization tells of itself: as its partners know it, in law, and for invoices."""

    code: str
    legal: LegalParty
    details: InvoiceIssuer | None


def party(told: Told) -> Party:
    """A firm under its legal name, with the Latin one beside it where they differ."""
    legal, details = told.legal, told.details
    kind = next((one for one in _REGISTERED if one in legal.numbers), None)
    registered = Identifier(legal.numbers[kind], _ICD.get(kind)) if kind else None
    latin = legal.legal_name_latin if legal.legal_name_latin != legal.legal_name_local else None
    contact = Contact(phone=legal.phone)
    endpoint = None
    if details is not None:
        contact = Contact(details.contact_name, legal.phone, details.contact_email)
        if details.endpoint is not None:
            endpoint = Identifier(details.endpoint, details.endpoint_scheme)
        if registered is None and details.register_number is not None:
            registered = Identifier(details.register_number)
    return Party(
        name=legal.legal_name_local,
        trading_name=latin,
        id=told.code,
        address=Address(
            country=legal.country,
            lines=(legal.street,) if legal.street else (),
            city=legal.city,
            postcode=legal.postal_code,
            subdivision=legal.region,
        ),
        vat_id=vat_id(legal),
        legal_id=registered,
        endpoint=endpoint,
        contact=contact if contact != Contact() else None,
    )


def selling(told: Told, details: InvoiceIssuer) -> Party:
    """The same with what only a seller says."""
    base = party(told)
    national = next((told.legal.numbers[kind] for kind in _REGISTERED if kind in told.legal.numbers), None)
    own = details.tax_number or (None if base.vat_id else national)
    return replace(base, tax_number=own, legal_note=details.legal_note)


async def legal_parties(session: AsyncSession, organization_ids: Iterable[UUID]) -> Mapping[UUID, Told]:
    """What organizations tell of themselves, by id. Raises `NotFound` for one that does not exist."""
    wanted = sorted(set(organization_ids))
    known = await parties.organizations(session, wanted)
    found = {}
    for organization_id in wanted:
        async with acting_for(session, organization_id):
            legal = await parties.legal_party(session, organization_id)
            if legal is None or organization_id not in known:
                raise NotFound()
            details = await queries.issuer(session, organization_id)
            found[organization_id] = Told(known[organization_id].code, legal, details)
    return found
