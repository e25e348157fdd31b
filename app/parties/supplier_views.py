"""Suppliers' pages as readers see them, and as the supplier himself does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from babel.numbers import format_percent
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.locales import N_, NN_, cldr, current_locale, translate, translate_plural
from app.kit.schemas import Labelled, labelled
from app.language import facade as language
from app.parties import rules, supplier_terms, views
from app.parties.models import Organization, SupplierCertificate, SupplierMachine, SupplierProfile
from app.parties.queries import suppliers as queries
from app.parties.schemas.suppliers import (
    CapabilityOut,
    CertificateOut,
    CertificationOut,
    FigureOut,
    FigureTerm,
    ListedSupplier,
    MachineOut,
    MachineTerm,
    OwnCertificateOut,
    OwnMachineOut,
    OwnSupplierProfile,
    ProfileText,
    ResponseOut,
    SupplierLimits,
    SupplierPage,
    SupplierTerms,
    SupplierText,
)
from app.parties.states import CERTIFICATE_STATE_LABELS, EMPLOYEES_LABELS, CertificateState, EmployeesBand
from app.parties.supplier_terms import name_in
from app.reference import facade as reference

ENTITY = "supplier_profile"
DESCRIPTION = "description"
RESPONSE_DAYS = 180
# People say “30 hours”, and “four days”.
COUNTED_IN_DAYS_FROM = 72

MASS = N_("Greatest mould mass")
LENGTH = N_("Greatest mould length")
WIDTH = N_("Greatest mould width")
HEIGHT = N_("Greatest mould height")
FORCE = N_("Largest press")
ANSWERED = NN_("{percent} of {count} inquiry answered", "{percent} of {count} inquiries answered")
ANSWERED_WITHIN = N_("{answered}, half of these within {time}")

_FIELDS = (
    "source_locale", "capabilities", "languages", "founded_year", "employees", "max_mould_mass_kg",
    "max_mould_length_mm", "max_mould_width_mm", "max_mould_height_mm", "max_clamp_force_kn", "moulds_per_year",
    "tolerance_group", "version",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reader:
    """In which language and unit system to show things."""

    locale: str
    system: reference.System


def capabilities(codes: Iterable[str], locale: str) -> list[CapabilityOut]:
    """Capabilities in the order of the terms; a code of an older edition is left out."""
    held = set(codes)
    return [
        CapabilityOut(code=one.code, label=name_in(one.names, locale), kind=one.kind)
        for one in supplier_terms.capabilities().values()
        if one.code in held
    ]


def certification(code: str, locale: str) -> CertificationOut:
    """A scheme with its name and subject."""
    scheme = supplier_terms.schemes().get(code)
    if scheme is None:
        return CertificationOut(code=code, label=code, subject="")
    return CertificationOut(code=code, label=scheme.name, subject=name_in(scheme.names, locale))


def _figure(code: str, name: str, value: Decimal, unit: str, reader: Reader) -> FigureOut:
    shown = reference.display_quantity(value, unit, reader.locale, reader.system)
    return FigureOut(code=code, name=name, text=shown.text, value=value, unit=unit)


def _machine(row: SupplierMachine, reader: Reader) -> MachineOut:
    kinds, figures = supplier_terms.machine_kinds(), supplier_terms.figures()
    label = name_in(kinds[row.kind].names, reader.locale) if row.kind in kinds else row.kind
    return MachineOut(
        kind=Labelled(code=row.kind, label=label),
        make=row.make,
        model=row.model,
        year=row.year,
        count=row.count,
        figures=[
            _figure(code, name_in(figures[code].names, reader.locale), Decimal(value), figures[code].unit, reader)
            for code, value in row.figures.items()
            if code in figures
        ],
    )


def _certificate_fields(row: SupplierCertificate, locale: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "scheme": certification(row.scheme, locale),
        "number": row.number,
        "issuer": row.issuer,
        "scope": row.scope,
        "issued_on": row.issued_on,
        "expires_on": row.expires_on,
        "expires_on_text": reference.display_date(row.expires_on, locale),
        "file_url": row.file_url,
    }


def own_certificate(row: SupplierCertificate, today: date) -> OwnCertificateOut:
    """A certificate as its holder sees it."""
    valid = rules.certificate_is_valid(row.expires_on, today)
    return OwnCertificateOut(
        **_certificate_fields(row, current_locale()),
        state=labelled(CertificateState.VALID if valid else CertificateState.EXPIRED, CERTIFICATE_STATE_LABELS),
        days_left=(row.expires_on - today).days,
        document_id=row.document_id,
        version=row.version,
    )


def _response(found: queries.ResponseFigures | None, locale: str) -> ResponseOut | None:
    if found is None:
        return None
    percent = round(100 * found.answered / found.cases)
    answered = translate_plural(
        ANSWERED, found.cases, locale, percent=format_percent(percent / 100, locale=cldr(locale))
    )
    hours = None
    if found.median_hours is not None:
        hours = Decimal(max(1, round(found.median_hours)))
        long = hours >= COUNTED_IN_DAYS_FROM
        spoken = (round(hours / 24, 1), "DAY") if long else (hours, "HUR")
        time = reference.display_quantity(*spoken, locale, "metric").text
        answered = translate(ANSWERED_WITHIN, locale, answered=answered, time=time)
    return ResponseOut(
        days=RESPONSE_DAYS, cases=found.cases, answered_percent=percent, median_hours=hours, text=answered
    )


def _listed(
    row: Organization,
    profile: SupplierProfile | None,
    description: language.ShownText | None,
    response: queries.ResponseFigures | None,
    locale: str,
) -> ListedSupplier:
    return ListedSupplier(
        **dict(views.organization(row)),
        capabilities=capabilities(profile.capabilities if profile else (), locale),
        certifications=[certification(code, locale) for code in row.certifications],
        languages=[
            Labelled(code=code, label=supplier_terms.language_name(code, locale))
            for code in (profile.languages if profile else ())
        ],
        founded_year=profile.founded_year if profile else None,
        employees=labelled(profile.employees, EMPLOYEES_LABELS) if profile and profile.employees else None,
        description=SupplierText(
            locale=description.locale,
            text=description.text,
            state=description.state,
            source_locale=description.source_locale,
        )
        if description
        else None,
        response=_response(response, locale),
    )


async def listed(session: AsyncSession, rows: Sequence[Organization]) -> list[ListedSupplier]:
    """Suppliers of a directory page: as many statements for many as for one."""
    locale = current_locale()
    ids = [row.id for row in rows]
    profiles = await queries.profiles(session, ids)
    texts = await language.shown_texts(session, [(ENTITY, one) for one in ids], locale)
    responses = await queries.responses(session, ids)
    return [
        _listed(row, profiles.get(row.id), texts.get((ENTITY, row.id, DESCRIPTION)), responses.get(row.id), locale)
        for row in rows
    ]


def _limits(profile: SupplierProfile | None, reader: Reader) -> SupplierLimits:
    def measure(code: str, name: str, unit: str) -> FigureOut | None:
        value = getattr(profile, code, None)
        return _figure(code, translate(name, reader.locale), value, unit, reader) if value is not None else None

    sides = (("max_mould_length_mm", LENGTH), ("max_mould_width_mm", WIDTH), ("max_mould_height_mm", HEIGHT))
    group = profile.tolerance_group if profile else None
    return SupplierLimits(
        mould_mass=measure("max_mould_mass_kg", MASS, "KGM"),
        mould_size=[shown for code, name in sides if (shown := measure(code, name, "MMT"))],
        clamp_force=measure("max_clamp_force_kn", FORCE, "B47"),
        moulds_per_year=profile.moulds_per_year if profile else None,
        tolerance_group=f"TG{group}" if group else None,
    )


async def page(session: AsyncSession, row: Organization, reader: Reader, *, today: date) -> SupplierPage:
    """A supplier's public page. What has expired is not on it, even before the hourly look has been at it."""
    profile = (await queries.profiles(session, [row.id])).get(row.id)
    texts = await language.shown_texts(session, [(ENTITY, row.id)], reader.locale)
    responses = await queries.responses(session, [row.id])
    valid = await queries.certificates(session, row.id, valid_on=today)
    shown = _listed(row, profile, texts.get((ENTITY, row.id, DESCRIPTION)), responses.get(row.id), reader.locale)
    held = sorted({certificate.scheme for certificate in valid})
    fields = dict(shown) | {"certifications": [certification(code, reader.locale) for code in held]}
    return SupplierPage(
        **fields,
        limits=_limits(profile, reader),
        machines=[_machine(machine, reader) for machine in await queries.machines(session, row.id)],
        certificates=[CertificateOut(**_certificate_fields(one, reader.locale)) for one in valid],
    )


async def own_profile(session: AsyncSession, organization_id: UUID, locale: str, *, today: date) -> OwnSupplierProfile:
    """A supplier's own profile; one that was never written has version 0."""
    profile = (await queries.profiles(session, [organization_id])).get(organization_id)
    fields = {name: getattr(profile, name) for name in _FIELDS} if profile else _nothing(locale)
    versions = await language.texts_of(session, (ENTITY, organization_id))
    responses = await queries.responses(session, [organization_id])
    return OwnSupplierProfile(
        **fields,
        texts={one.locale: ProfileText(text=one.text, state=one.state, is_source=one.is_source) for one in versions},
        machines=[OwnMachineOut.model_validate(row) for row in await queries.machines(session, organization_id)],
        certificates=[own_certificate(row, today) for row in await queries.certificates(session, organization_id)],
        response=_response(responses.get(organization_id), current_locale()),
    )


def _nothing(locale: str) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(_FIELDS)
    return empty | {"source_locale": locale, "capabilities": [], "languages": [], "version": 0}


def terms(locale: str) -> SupplierTerms:
    """The codes and what they mean."""
    figures = supplier_terms.figures()
    return SupplierTerms(
        capabilities=capabilities(supplier_terms.capabilities(), locale),
        machine_kinds=[
            MachineTerm(
                code=kind.code,
                label=name_in(kind.names, locale),
                figures=[
                    FigureTerm(code=code, name=name_in(figures[code].names, locale), unit=figures[code].unit)
                    for code in kind.figures
                ],
            )
            for kind in supplier_terms.machine_kinds().values()
        ],
        certification_schemes=[certification(code, locale) for code in supplier_terms.schemes()],
        employees=[labelled(band, EMPLOYEES_LABELS) for band in EmployeesBand],
    )
