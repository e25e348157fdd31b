"""A supplier's certificates: added, corrected or renewed, taken off, and their files."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.etags import require_version
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.parties import rules, supplier_terms
from app.parties.errors import CertificateKnown, NotASupplier
from app.parties.events import CertificateRemoved
from app.parties.models import Organization, SupplierCertificate
from app.parties.queries import people
from app.parties.queries import suppliers as queries
from app.parties.schemas.suppliers import CertificateIn
from app.parties.states import OrganizationRole
from app.parties.usecases.watch_certificates import refresh_certifications

CERTIFICATE = "certificate"
# No scheme certifies for longer than three years; a decade leaves room for what is not audited anew.
LONGEST_YEARS = 10


async def add_certificate(
    session: AsyncSession, actor: Actor, form: CertificateIn, *, now: datetime
) -> SupplierCertificate:
    """Put a certificate on the page. Raises `NotASupplier`, `Invalid`, `CertificateKnown`."""
    today = now.date()
    await lock_supplier(session, actor.organization_id)
    _check(form, today)
    kept = await queries.certificates(session, actor.organization_id)
    if len(kept) >= queries.MOST_CERTIFICATES:
        message = N_("A page holds at most {most} certificates. Remove some that have expired.")
        raise Invalid(errors=[FieldError("/number", "too-many", message, {"most": queries.MOST_CERTIFICATES})])
    values = form.model_dump()
    certificate_id = new_id()
    row = {
        **values,
        "id": certificate_id,
        "organization_id": actor.organization_id,
        "told_days": None if rules.certificate_is_valid(form.expires_on, today) else 0,
    }
    if not await queries.insert_certificate(session, row):
        raise _known(form)
    await audit.record(session, actor, "certificate.add", CERTIFICATE, certificate_id, after=_told(values))
    await refresh_certifications(session, actor.organization_id, today=today)
    return await _of_id(session, actor.organization_id, certificate_id)


async def change_certificate(
    session: AsyncSession,
    actor: Actor,
    certificate_id: UUID,
    form: CertificateIn,
    *,
    expected_version: int | None,
    now: datetime,
) -> SupplierCertificate:
    """Correct or renew a certificate; warnings of its end begin anew with another last day. Its file stays.

    Raises `NotFound`, `PreconditionFailed`, `Invalid`, `CertificateKnown`.
    """
    today = now.date()
    await lock_supplier(session, actor.organization_id)
    row = await queries.certificate(session, actor.organization_id, certificate_id, lock=True)
    if row is None:
        raise NotFound()
    require_version(row.version, expected_version)
    _check(form, today)
    if await queries.number_taken(session, row, form.scheme, form.number):
        raise _known(form)
    before = {name: getattr(row, name) for name in CertificateIn.model_fields}
    if form.expires_on != row.expires_on:
        row.told_days = None if rules.certificate_is_valid(form.expires_on, today) else 0
    for name, value in form.model_dump().items():
        setattr(row, name, value)
    row.version += 1
    await session.flush()
    after = form.model_dump()
    await audit.record(
        session, actor, "certificate.edit", CERTIFICATE, row.id, before=_told(before), after=_told(after)
    )
    await refresh_certifications(session, actor.organization_id, today=today)
    return await _of_id(session, actor.organization_id, certificate_id)


async def remove_certificate(session: AsyncSession, actor: Actor, certificate_id: UUID, *, now: datetime) -> None:
    """Take a certificate off the page. Raises `NotFound`."""
    await lock_supplier(session, actor.organization_id)
    row = await queries.certificate(session, actor.organization_id, certificate_id, lock=True)
    if row is None:
        raise NotFound()
    row.removed_at = now
    row.version += 1
    await session.flush()
    before = _told({name: getattr(row, name) for name in CertificateIn.model_fields})
    await audit.record(session, actor, "certificate.remove", CERTIFICATE, row.id, before=before)
    event = CertificateRemoved(certificate_id=row.id, organization_id=actor.organization_id)
    await announce(session, event, organizations=[actor.organization_id])
    await refresh_certifications(session, actor.organization_id, today=now.date())


async def show_certificate_file(
    session: AsyncSession,
    actor: Actor,
    certificate_id: UUID,
    *,
    document_id: UUID,
    url: str,
    expected_version: int | None,
) -> int:
    """Note where a certificate's file can be opened; the certificate's new version. The documents room calls it.

    Raises `NotFound`, `PreconditionFailed`.
    """
    row = await queries.certificate(session, actor.organization_id, certificate_id, lock=True)
    if row is None:
        raise NotFound()
    require_version(row.version, expected_version)
    before = {"document": row.document_id}
    row.document_id, row.file_url = document_id, url
    row.version += 1
    await session.flush()
    after = {"document": document_id}
    await audit.record(session, actor, "certificate.file", CERTIFICATE, row.id, before=before, after=after)
    return row.version


async def lock_supplier(session: AsyncSession, organization_id: UUID) -> Organization:
    """The actor's organization, locked: changes of a page come one after the other. Raises `NotASupplier`."""
    organization = await people.lock_organization(session, organization_id)
    if organization is None or OrganizationRole.SUPPLIER not in organization.roles:
        raise NotASupplier()
    return organization


async def _of_id(session: AsyncSession, organization_id: UUID, certificate_id: UUID) -> SupplierCertificate:
    row = await queries.certificate(session, organization_id, certificate_id, lock=True)
    assert row is not None
    return row


def _known(form: CertificateIn) -> CertificateKnown:
    return CertificateKnown(scheme=supplier_terms.schemes()[form.scheme].name, number=form.number)


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _check(form: CertificateIn, today: date) -> None:
    errors = []
    if form.scheme not in supplier_terms.schemes():
        expected = ", ".join(supplier_terms.schemes())
        message = N_("Choose one of: {expected}.")
        errors.append(FieldError("/scheme", "unknown-value", message, {"expected": expected}))
    if form.issued_on > today:
        errors.append(FieldError("/issued_on", "in-future", N_("Give a day in the past, or today.")))
    if form.expires_on <= form.issued_on:
        errors.append(FieldError("/expires_on", "before-issue", N_("The last day comes after the day of issue.")))
    elif form.expires_on.year - form.issued_on.year > LONGEST_YEARS:
        message = N_("A certificate is valid for at most {years} years.")
        errors.append(FieldError("/expires_on", "too-long", message, {"years": LONGEST_YEARS}))
    if errors:
        raise Invalid(errors=errors)
