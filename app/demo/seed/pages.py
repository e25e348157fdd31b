"""The suppliers' public pages: profiles, machines, certificates, and the refusals of those who do not quote."""

from datetime import date, timedelta
from hashlib import sha256

from app.demo.market import load_profiles
from app.demo.market.files import HERE, read_yaml
from app.demo.market.seeds import SupplierSeed
from app.demo.seed.history import History
from app.kit.actor import Actor
from app.kit.db.tenancy import act_for
from app.kit.locales import first_text
from app.parties import facade as parties
from app.parties.queries import suppliers as queries
from app.parties.usecases.watch_certificates import watch_certificates

CERTIFIED_FOR = timedelta(days=3 * 365)


async def describe(told: History, supplier: Actor, seed: SupplierSeed) -> None:
    """Write a supplier's page. What his certificates are worth is judged by the day of the seeding."""
    profile = load_profiles()[seed.code]
    session = await told.let(supplier)
    form = parties.SupplierProfileIn.model_validate(
        {
            **{
                name: getattr(profile, name)
                for name in parties.SupplierProfileIn.model_fields
                if hasattr(profile, name)
            },
            "source_locale": seed.locale,
            "texts": dict(seed.profile),
            "machines": [
                parties.MachineIn(
                    kind=machine.kind,
                    make=machine.make,
                    model=machine.model,
                    year=machine.year,
                    count=machine.count,
                    figures=dict(machine.figures),
                )
                for machine in profile.machines
            ],
        }
    )
    await parties.edit_supplier_profile(session, supplier, form, expected_version=None)
    for certificate in profile.certificates:
        expires_on = told.today.date() + timedelta(days=certificate.days_left)
        await parties.add_certificate(
            session,
            supplier,
            parties.CertificateIn(
                scheme=certificate.scheme,
                number=certificate.number,
                issuer=certificate.issuer,
                issued_on=expires_on - CERTIFIED_FOR,
                expires_on=expires_on,
            ),
            now=told.today,
        )


async def warn_of_certificates(told: History, today: date) -> None:
    """The look that the worker takes every hour."""
    session = await told.as_worker()
    for organization_id in await queries.holders_to_look_at(session, today):
        await act_for(session, organization_id)
        await watch_certificates(session, organization_id, today=today)
    await told.settle()


def declines_after(inquiry: str, supplier: str) -> timedelta | None:
    """How long an invited supplier who does not quote takes to say so; None for one in four, who never does."""
    number = int.from_bytes(sha256(f"{inquiry} {supplier}".encode()).digest()[:4])
    return None if number % 4 == 0 else timedelta(hours=2 + number % 61)


def decline_reason(inquiry: str, locale: str) -> tuple[str, str]:
    """(locale, reason) in the supplier's language."""
    reasons = read_yaml(HERE / "decline_reasons.yaml")["reasons"]
    chosen = reasons[sha256(inquiry.encode()).digest()[0] % len(reasons)]
    found = first_text(chosen, locale)
    assert found is not None
    return found
