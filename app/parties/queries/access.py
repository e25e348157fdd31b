"""Credentials, sessions, API clients. Rows are the person's own: set `app.person_id` first."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.parties.models import (
    ApiClient,
    ClientSecret,
    Credential,
    MailToken,
    Membership,
    Organization,
    Person,
    RecoveryCode,
    RefreshToken,
    SignIn,
)


async def signed_in(
    session: AsyncSession, sign_in_id: UUID, *, person_id: UUID, organization_id: UUID
) -> Row[Membership, Person, Organization] | None:
    """Membership, person and organization of a session that has not ended; None when any of it is over."""
    return (
        await session.execute(
            select(Membership, Person, Organization)
            .join(Person, Person.id == Membership.person_id)
            .join(Organization, Organization.id == Membership.organization_id)
            .join(SignIn, SignIn.person_id == Person.id)
            .where(
                Membership.person_id == person_id,
                Membership.organization_id == organization_id,
                Membership.ended_at.is_(None),
                SignIn.id == sign_in_id,
                SignIn.ended_at.is_(None),
            )
        )
    ).first()


async def live_client(
    session: AsyncSession, client_id: UUID | None, *, organization_id: UUID
) -> Row[ApiClient, Organization] | None:
    """A client that is not revoked, and its organization."""
    return (
        await session.execute(
            select(ApiClient, Organization)
            .join(Organization, Organization.id == ApiClient.organization_id)
            .where(
                ApiClient.id == client_id,
                ApiClient.organization_id == organization_id,
                ApiClient.revoked_at.is_(None),
            )
        )
    ).first()


async def person_of_email(session: AsyncSession, email: str) -> UUID | None:
    """Whose address it is."""
    return await session.scalar(select(func.app_person_of_email(email)))


async def person_of_refresh_token(session: AsyncSession, digest: bytes) -> UUID | None:
    """Whose refresh token it is."""
    return await session.scalar(select(func.app_person_of_refresh_token(digest)))


async def person_of_mail_token(session: AsyncSession, digest: bytes) -> UUID | None:
    """To whom the link was mailed."""
    return await session.scalar(select(func.app_person_of_mail_token(digest)))


async def organization_of_invitation(session: AsyncSession, digest: bytes) -> UUID | None:
    """Which organization invites with this token."""
    return await session.scalar(select(func.app_organization_of_invitation(digest)))


async def organization_of_client(session: AsyncSession, client_id: UUID) -> UUID | None:
    """Which organization a client belongs to."""
    return await session.scalar(select(func.app_organization_of_client(client_id)))


async def credential(session: AsyncSession, person_id: UUID) -> Credential | None:
    """A person's credentials."""
    return (await session.scalars(select(Credential).where(Credential.person_id == person_id))).first()


async def lock_credential(session: AsyncSession, person_id: UUID) -> Credential | None:
    """A person's credentials, locked: two uses of one code come one after the other."""
    statement = select(Credential).where(Credential.person_id == person_id).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).first()


async def lock_sign_in(session: AsyncSession, sign_in_id: UUID) -> SignIn | None:
    """A session of the person acted for, locked."""
    statement = select(SignIn).where(SignIn.id == sign_in_id).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).first()


async def refresh_token(session: AsyncSession, digest: bytes) -> RefreshToken | None:
    """A refresh token as it is in the database now. Lock its session first."""
    statement = select(RefreshToken).where(RefreshToken.digest == digest)
    return (await session.scalars(statement.execution_options(populate_existing=True))).first()


async def lock_mail_token(session: AsyncSession, digest: bytes) -> MailToken | None:
    """A mailed link, locked."""
    statement = select(MailToken).where(MailToken.digest == digest).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).first()


async def mail_tokens_since(session: AsyncSession, person_id: UUID, purpose: str, since: datetime) -> int:
    """How many such links were mailed to a person since a moment."""
    return (
        await session.scalars(
            select(func.count())
            .select_from(MailToken)
            .where(MailToken.person_id == person_id, MailToken.purpose == purpose, MailToken.created_at >= since)
        )
    ).one()


async def spend_mail_tokens(session: AsyncSession, person_id: UUID, purpose: str, now: datetime) -> None:
    """No link mailed for this purpose so far is good any more."""
    await session.execute(
        update(MailToken)
        .where(MailToken.person_id == person_id, MailToken.purpose == purpose, MailToken.used_at.is_(None))
        .values(used_at=now)
    )


async def spend_recovery_code(session: AsyncSession, person_id: UUID, digest: bytes, now: datetime) -> bool:
    """Use a recovery code; False when it is unknown or was used."""
    used = await session.scalar(
        update(RecoveryCode)
        .where(RecoveryCode.person_id == person_id, RecoveryCode.digest == digest, RecoveryCode.used_at.is_(None))
        .values(used_at=now)
        .returning(RecoveryCode.id)
    )
    return used is not None


async def forget_recovery_codes(session: AsyncSession, person_id: UUID) -> None:
    """Remove all recovery codes."""
    await session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))


async def recovery_codes_left(session: AsyncSession, person_id: UUID) -> int:
    """How many recovery codes are unused."""
    return (
        await session.scalars(
            select(func.count())
            .select_from(RecoveryCode)
            .where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
        )
    ).one()


def sign_ins_of(person_id: UUID, now: datetime) -> Select[SignIn]:
    """A person's sessions that go on."""
    return select(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None), SignIn.expires_at > now)


async def end_sign_ins(
    session: AsyncSession, person_id: UUID, reason: str, now: datetime, *, except_id: UUID | None = None
) -> int:
    """End a person's sessions; the number ended."""
    statement = update(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None))
    if except_id is not None:
        statement = statement.where(SignIn.id != except_id)
    ended = await session.scalars(statement.values(ended_at=now, end_reason=reason).returning(SignIn.id))
    return len(ended.all())


async def maker_of_client(session: AsyncSession, client_id: UUID | None) -> UUID:
    """Who made a client of the organization acted for."""
    return (await session.scalars(select(ApiClient.created_by).where(ApiClient.id == client_id))).one()


async def client(session: AsyncSession, organization_id: UUID, client_id: UUID) -> ApiClient | None:
    """A client, revoked or not."""
    statement = select(ApiClient).where(ApiClient.id == client_id, ApiClient.organization_id == organization_id)
    return (await session.scalars(statement)).first()


def clients_of(organization_id: UUID) -> Select[ApiClient]:
    """All clients of an organization."""
    return select(ApiClient).where(ApiClient.organization_id == organization_id)


async def lock_client(session: AsyncSession, organization_id: UUID, client_id: UUID) -> ApiClient | None:
    """A client, locked."""
    statement = select(ApiClient).where(ApiClient.id == client_id, ApiClient.organization_id == organization_id)
    return (await session.scalars(statement.with_for_update().execution_options(populate_existing=True))).first()


async def live_secrets(session: AsyncSession, client_ids: Sequence[UUID], now: datetime) -> list[ClientSecret]:
    """The secrets of clients that are good now."""
    statement = select(ClientSecret).where(
        ClientSecret.client_id.in_(client_ids),
        (ClientSecret.expires_at.is_(None)) | (ClientSecret.expires_at > now),
    )
    return list((await session.scalars(statement.order_by(ClientSecret.id))).all())


async def note_client_use(session: AsyncSession, client_id: UUID, now: datetime) -> None:
    """Remember when a client was last used, to the minute; a row that another request holds is left alone."""
    await session.execute(
        text(
            "UPDATE api_clients SET last_used_at = :now WHERE id = ("
            "SELECT id FROM api_clients WHERE id = :id"
            " AND (last_used_at IS NULL OR last_used_at < CAST(:now AS timestamptz) - interval '1 minute')"
            " FOR UPDATE SKIP LOCKED)"
        ),
        {"id": client_id, "now": now},
    )


async def memberships_of(session: AsyncSession, person_id: UUID) -> list[Membership]:
    """Where a person belongs now, oldest first, before an organization is chosen."""
    statement = select(Membership).where(Membership.person_id == person_id, Membership.ended_at.is_(None))
    return list((await session.scalars(statement.order_by(Membership.id))).all())
