"""What the room does on others' events: tell people, and carry every event to the endpoints that want it."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.messages.events import WebhookEndpointGone, WebhookEndpointPinged
from app.messages.notices import APPROVAL_SUBJECTS
from app.messages.queries import events, webhooks
from app.messages.queries.mails import Recipient
from app.messages.registry import Param, known_notice, stored_params
from app.messages.rules import host_of, wants
from app.messages.usecases.deliver_event import defer_delivery
from app.messages.usecases.notify import notify
from app.messages.usecases.queue_mail import queue_mails, queue_mails_to
from app.parties import facade as parties
from app.parties.events import (
    ApprovalDecided,
    ApprovalRequested,
    CertificateExpiring,
    EmailConfirmationRequested,
    MemberInvited,
    OrganizationVerified,
    PasswordResetRequested,
)


async def somebody_listens(session: AsyncSession, told: Told) -> bool:
    """Whether any organization that may learn of it has an endpoint."""
    return await webhooks.any_enabled(session, told.organization_ids)


@reaction(name="messages.carry_to_webhooks", every=True, asked=somebody_listens)
async def carry_to_webhooks(session: AsyncSession, told: Told) -> None:
    """One delivery for each endpoint that wants the event, of each organization that may learn of it."""
    for organization_id in told.organization_ids:
        async with acting_for(session, organization_id):
            for endpoint in await webhooks.enabled_endpoints(session, organization_id):
                if told.type == WebhookEndpointPinged.event_name:
                    wanted = told.event.endpoint_id == endpoint.id
                else:
                    wanted = wants(endpoint.event_types, told.type)
                if wanted:
                    new = await webhooks.insert_delivery(session, endpoint, event_id=told.id, event_type=told.type)
                    if new is not None:
                        await defer_delivery(session, organization_id, new)


@reaction(MemberInvited, name="messages.mail_invitation")
async def mail_invitation(session: AsyncSession, told: Told) -> None:
    """A mail to an address that may belong to nobody here yet, in the language of the invitation."""
    event: MemberInvited = told.event
    async with acting_for(session, event.organization_id):
        invitation = await parties.invitation(session, event.invitation_id, now=told.occurred_at)
        if invitation is None or not invitation.open:
            return
        params: dict[str, Param] = {"organization": invitation.organization_name, "expires_at": invitation.expires_at}
        await queue_mails_to(
            session,
            organization_id=event.organization_id,
            recipients=[Recipient(invitation.email, name="", locale=invitation.locale, time_zone="UTC")],
            notice="parties.member_invited",
            params=stored_params(known_notice("parties.member_invited"), params),
            entity=("invitation", invitation.id),
            event_id=told.id,
        )


@reaction(PasswordResetRequested, EmailConfirmationRequested, name="messages.mail_account_link")
async def mail_account_link(session: AsyncSession, told: Told) -> None:
    """A mail with a link about a person's own account."""
    event: PasswordResetRequested | EmailConfirmationRequested = told.event
    person = await parties.mailed_person(session, event.person_id)
    if person is None:
        return
    if isinstance(event, PasswordResetRequested):
        notice, entity = "parties.password_reset_requested", ("password_reset", event.reset_id)
    else:
        notice, entity = "parties.email_confirmation_requested", ("email_confirmation", event.confirmation_id)
    async with acting_for(session, event.organization_id):
        await queue_mails(
            session,
            organization_id=event.organization_id,
            people=[person],
            notice=notice,
            params={},
            entity=entity,
            event_id=told.id,
        )


@reaction(ApprovalRequested, name="messages.tell_approvers")
async def tell_approvers(session: AsyncSession, told: Told) -> None:
    """Whoever may decide, deputies included."""
    event: ApprovalRequested = told.event
    async with acting_for(session, event.organization_id):
        approvers = await parties.approvers_of(session, event.approval_id, now=told.occurred_at)
        await notify(
            session,
            organization_id=event.organization_id,
            recipients=[approver.id for approver in approvers],
            notice="parties.approval_requested",
            params=_approval(event),
            entity=("approval", event.approval_id),
            dedupe=told.id,
        )


@reaction(ApprovalDecided, name="messages.tell_requester")
async def tell_requester(session: AsyncSession, told: Told) -> None:
    """Whoever asked."""
    event: ApprovalDecided = told.event
    async with acting_for(session, event.organization_id):
        requested = await events.last_data(session, told.subject, ApprovalRequested.event_name)
        if requested is None:
            return
        await notify(
            session,
            organization_id=event.organization_id,
            recipients=[UUID(requested["requested_by"])],
            notice="parties.approval_granted" if event.approved else "parties.approval_refused",
            params=_approval(event),
            entity=("approval", event.approval_id),
            dedupe=told.id,
        )


def _approval(event: ApprovalRequested | ApprovalDecided) -> dict[str, Param]:
    label = APPROVAL_SUBJECTS[event.subject_kind]
    return {"subject": {"i18n": list(label)}, "approval_id": event.approval_id}


@reaction(OrganizationVerified, name="messages.tell_verified_organization")
async def tell_verified_organization(session: AsyncSession, told: Told) -> None:
    """Those who keep the organization's particulars."""
    event: OrganizationVerified = told.event
    async with acting_for(session, event.organization_id):
        organization = (await parties.organizations(session, [event.organization_id]))[event.organization_id]
        await notify(
            session,
            organization_id=event.organization_id,
            permission=Permission.ORGANIZATION_EDIT,
            notice="parties.organization_verified" if event.verified else "parties.organization_unverified",
            params={"organization": organization.legal_name_local},
            entity=("organization", event.organization_id),
            dedupe=told.id,
        )


@reaction(CertificateExpiring, name="messages.tell_certificate_holder")
async def tell_certificate_holder(session: AsyncSession, told: Told) -> None:
    """Those who keep the supplier's page, each in his language."""
    event: CertificateExpiring = told.event
    async with acting_for(session, event.organization_id):
        await notify(
            session,
            organization_id=event.organization_id,
            permission=Permission.ORGANIZATION_EDIT,
            notice="parties.certificate_expiring" if event.days else "parties.certificate_expired",
            params={
                "scheme": parties.certification_name(event.scheme),
                "number": event.number,
                "expires_on": event.expires_on,
                "certificate_id": event.certificate_id,
            },
            entity=("certificate", event.certificate_id),
            dedupe=told.id,
        )


@reaction(WebhookEndpointGone, name="messages.tell_endpoint_gone")
async def tell_endpoint_gone(session: AsyncSession, told: Told) -> None:
    """Those who manage the organization's webhooks."""
    event: WebhookEndpointGone = told.event
    async with acting_for(session, event.organization_id):
        endpoint = await webhooks.endpoint(session, event.organization_id, event.endpoint_id)
        if endpoint is None:
            return
        await notify(
            session,
            organization_id=event.organization_id,
            permission=Permission.WEBHOOKS_MANAGE,
            notice="messages.webhook_endpoint_gone",
            params={"host": host_of(endpoint.url), "endpoint_id": endpoint.id},
            entity=("webhook_endpoint", endpoint.id),
            dedupe=told.id,
        )
