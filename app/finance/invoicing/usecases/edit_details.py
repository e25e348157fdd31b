"""What an organization says of itself for invoices, checked for form and check digits."""

from typing import Any

import stdnum.be.vat
import stdnum.bic
import stdnum.de.stnr
import stdnum.de.vat
import stdnum.ean
import stdnum.fr.siren
import stdnum.fr.siret
import stdnum.iban
import stdnum.no.orgnr
import stdnum.se.orgnr
from sqlalchemy.ext.asyncio import AsyncSession
from stdnum.exceptions import ValidationError

from app.finance.einvoicing.codes import address_schemes
from app.finance.invoicing import queries
from app.finance.invoicing.models import InvoiceIssuer
from app.finance.invoicing.rules import falling
from app.finance.invoicing.schemas import InvoicingDetailsIn
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, PreconditionFailed
from app.kit.etags import require_version
from app.kit.locales import N_
from app.parties import facade as parties

ENTITY = "invoicing_details"
_CHECK_DIGITS = {
    "0002": stdnum.fr.siren,
    "0009": stdnum.fr.siret,
    "0007": stdnum.se.orgnr,
    "0088": stdnum.ean,
    "0192": stdnum.no.orgnr,
    "0208": stdnum.be.vat,
    "9930": stdnum.de.vat,
}
"""Schemes of electronic addresses whose numbers have check digits."""
FIRST = 1
"""The version that is read before anything was said."""


async def put_details(
    session: AsyncSession, actor: Actor, form: InvoicingDetailsIn, *, version: int | None
) -> InvoiceIssuer:
    """Say them for the first time, or anew. Invoices that were issued keep what they say. Raises `Invalid`."""
    organization_id = actor.organization_id
    firm = (await parties.organizations(session, [organization_id]))[organization_id]
    values = _checked(form, firm.country)
    row = await queries.lock_issuer(session, organization_id)
    before = {name: getattr(row, name) for name in values} if row is not None else None
    if row is None:
        require_version(FIRST, version)
        first = {**values, "organization_id": organization_id, "version": FIRST + 1}
        if not await queries.insert_issuer(session, first):
            raise PreconditionFailed()
        row = await queries.lock_issuer(session, organization_id)
        assert row is not None
    else:
        require_version(row.version, version)
        for name, value in values.items():
            setattr(row, name, value)
        row.version += 1
        await session.flush()
    await audit.record(session, actor, "invoicing_details.put", ENTITY, organization_id, before=before, after=values)
    return row


def _endpoint(value: str, scheme: str) -> list[FieldError]:
    """Peppol refuses an address whose check digits are wrong, and EN 16931 a scheme that is not on the list."""
    if scheme not in address_schemes():
        message = N_("Say to which scheme this electronic address belongs: a code of the EAS list.")
        return [FieldError("/endpoint_scheme", "endpoint-scheme-unknown", message)]
    module = _CHECK_DIGITS.get(scheme)
    if module is not None and not module.is_valid(value):
        message = N_("This is no address of its scheme: its form or its check digits are wrong.")
        return [FieldError("/endpoint", "endpoint-invalid", message)]
    return []


def _checked(form: InvoicingDetailsIn, country: str) -> dict[str, Any]:
    values = form.model_dump()
    errors = []
    if form.iban is not None and form.account_number is not None:
        message = N_("Give an IBAN, or an account number where your bank has none.")
        errors.append(FieldError("/iban", "one-account", message))
    if form.series_code == form.credit_series_code:
        message = N_("Invoices and credit notes are numbered in series of their own.")
        errors.append(FieldError("/credit_series_code", "same-series", message))
    if (form.endpoint is None) != (form.endpoint_scheme is None):
        message = N_("An electronic address has a scheme and a value.")
        errors.append(FieldError("/endpoint", "endpoint-form", message))
    elif form.endpoint is not None and form.endpoint_scheme is not None:
        errors += _endpoint(form.endpoint, form.endpoint_scheme)
    if not falling([(one.within_days, one.rate_bp) for one in form.discounts]):
        message = N_("Name early-payment discounts by rising days, each with a lower rate than the one before.")
        errors.append(FieldError("/discounts", "discounts-in-order", message))
    checks = (
        ("iban", stdnum.iban, N_("This is no IBAN: its form or its check digits are wrong.")),
        ("bic", stdnum.bic, N_("This is no BIC: it has 8 or 11 characters.")),
        ("tax_number", stdnum.de.stnr if country == "DE" else None, N_("This is no tax number of your country.")),
    )
    for name, module, message in checks:
        if values[name] is not None and module is not None:
            try:
                valid = module.validate(values[name])
            except ValidationError:
                errors.append(FieldError(f"/{name}", f"{name.replace('_', '-')}-invalid", message))
            else:
                values[name] = values[name] if name == "tax_number" else valid
    if errors:
        raise Invalid(errors=errors)
    return values
