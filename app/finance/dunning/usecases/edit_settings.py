"""An issuer says whether his debtors are reminded, when, how, and what is claimed of them."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.dunning import queries
from app.finance.dunning.errors import DunningNotReady
from app.finance.dunning.models import DunningSettings
from app.finance.dunning.rules import Step, rising
from app.finance.dunning.schemas import DunningSettingsIn
from app.finance.dunning.states import Charges
from app.finance.invoicing.facade import EUROPEAN_UNION, paid_at
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, PreconditionFailed
from app.kit.etags import require_version
from app.kit.locales import N_
from app.parties import facade as parties

ENTITY = "dunning_settings"
FIRST = 1
"""The version that is read before anything was set."""


async def put_settings(
    session: AsyncSession, actor: Actor, form: DunningSettingsIn, *, version: int | None
) -> DunningSettings:
    """Set it for the first time, or anew. Letters that were written stay. Raises `Invalid`, `DunningNotReady`."""
    organization_id = actor.organization_id
    await _check(session, actor, form)
    values = {"active": form.active, "agreed_interest_bp": form.agreed_interest_bp}
    row = await queries.lock_settings(session, organization_id)
    if row is None:
        require_version(FIRST, version)
        if not await queries.insert_settings(
            session, {**values, "organization_id": organization_id, "version": FIRST + 1}
        ):
            raise PreconditionFailed()
        row = await queries.lock_settings(session, organization_id)
        assert row is not None
    else:
        require_version(row.version, version)
        for name, value in values.items():
            setattr(row, name, value)
        row.version += 1
        await session.flush()
    steps: list[dict[str, Any]] = [
        {"organization_id": organization_id, "step": number, **step.model_dump()}
        for number, step in enumerate(form.steps, start=1)
    ]
    await queries.replace_steps(session, organization_id, steps)
    after = values | {"steps": [step.model_dump(mode="json") for step in form.steps]}
    await audit.record(session, actor, "dunning_settings.put", ENTITY, organization_id, after=after)
    return row


async def _check(session: AsyncSession, actor: Actor, form: DunningSettingsIn) -> None:
    errors = []
    if not rising([Step(step.days_overdue, step.tone, step.charges) for step in form.steps]):
        message = N_("Each step comes more days after the due day than the one before it.")
        errors.append(FieldError("/steps", "steps-in-order", message))
    if form.active and not form.steps:
        errors.append(FieldError("/steps", "required", N_("Name at least one step.")))
    claims = {step.charges for step in form.steps}
    if Charges.STATUTORY in claims:
        own = (await parties.organizations(session, [actor.organization_id]))[actor.organization_id]
        if own.country not in EUROPEAN_UNION:
            message = N_("The statutory claims are those of the European Union. Choose interest as agreed, or none.")
            errors.append(FieldError("/steps", "charges-not-by-law", message))
    if (Charges.AGREED in claims) != (form.agreed_interest_bp is not None):
        message = N_("Say which interest was agreed, if a step claims it, and only then.")
        errors.append(FieldError("/agreed_interest_bp", "interest-agreed", message))
    if errors:
        raise Invalid(errors=errors)
    if form.active and await paid_at(session, actor.organization_id) is None:
        raise DunningNotReady()
