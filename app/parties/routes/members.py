"""Colleagues and invitations."""

from uuid import UUID

from fastapi import Request, Response

from app.kit.actor import CurrentActor, Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import (
    Forbidden,
    IdempotencyKeyInFlight,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Unauthenticated,
)
from app.kit.etags import IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import problems
from app.kit.routing import house_router
from app.parties import views
from app.parties.errors import AlreadyInvited, AlreadyMember, LastOwner, LinkNotUsable, OwnersOnly, PeopleOnly
from app.parties.guards import CurrentSettings
from app.parties.models import Invitation, Membership
from app.parties.queries import people as queries
from app.parties.schemas.members import (
    AcceptanceIn,
    AcceptedOut,
    InvitationIn,
    InvitationOut,
    InvitationPreviewOut,
    InvitationTokenIn,
    MemberOut,
    MemberPatch,
)
from app.parties.usecases.follow_link import offer_of
from app.parties.usecases.invite import accept_invitation, invite, withdraw_invitation
from app.parties.usecases.manage_members import change_member, end_membership

router = house_router(tags=["members"])


def _invitation(row: Invitation) -> InvitationOut:
    return InvitationOut(
        id=row.id,
        email=row.email,
        roles=views.roles(row.roles),
        locale=row.locale,
        invited_by=row.invited_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


@router.get("/members", responses=problems(Unauthenticated))
async def list_members(
    request: Request, response: Response, actor: CurrentActor, page: Paging, session: Session
) -> Page[MemberOut]:
    """Your colleagues in this organization, longest first."""
    rows, cursor = await fetch_page(session, queries.members_of(actor.organization_id), page, keys=[Membership.id])
    people = await queries.people_by_id(session, [row.person_id for row in rows])
    link_next(request, response, cursor)
    items = [views.member(row, people[row.person_id]) for row in rows]
    return Page[MemberOut](items=items, next_cursor=cursor)


@router.get("/members/{person_id}", responses=problems(Unauthenticated, NotFound))
async def get_member(person_id: UUID, actor: CurrentActor, response: Response, session: Session) -> MemberOut:
    """One colleague."""
    found = await queries.member(session, actor.organization_id, person_id)
    if found is None:
        raise NotFound()
    set_etag(response, found[0].version)
    return views.member(*found)


@router.patch(
    "/members/{person_id}",
    responses=problems(
        Unauthenticated, NotFound, Forbidden, OwnersOnly, LastOwner, PreconditionRequired, PreconditionFailed
    ),
)
async def patch_member(
    person_id: UUID,
    actor: CurrentActor,
    form: MemberPatch,
    if_match: IfMatch,
    response: Response,
    session: Session,
) -> MemberOut:
    """Give a colleague other roles or another title."""
    found = await change_member(session, actor, person_id, form, if_match)
    set_etag(response, found[0].version)
    return views.member(*found)


@router.delete(
    "/members/{person_id}",
    status_code=204,
    responses=problems(Unauthenticated, NotFound, Forbidden, OwnersOnly, LastOwner),
)
async def delete_member(person_id: UUID, actor: CurrentActor, session: Session, now: Now) -> None:
    """End a membership: a colleague's, or your own. Access ends at once."""
    await end_membership(session, actor, person_id, now=now)


@router.post(
    "/invitations",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(
        Unauthenticated,
        Forbidden,
        OwnersOnly,
        PeopleOnly,
        NotFound,
        AlreadyMember,
        AlreadyInvited,
        IdempotencyKeyMissing,
        IdempotencyKeyInFlight,
        IdempotencyKeyReused,
    ),
)
async def post_invitation(
    actor: CurrentActor, form: InvitationIn, session: Session, settings: CurrentSettings, now: Now
) -> InvitationOut:
    """Invite somebody by mail. The link works once, for seven days."""
    actor.require(Permission.MEMBERS_MANAGE)
    return _invitation(await invite(session, settings, actor, form, now=now))


@router.get("/invitations", responses=problems(Unauthenticated, Forbidden))
async def list_invitations(
    request: Request, response: Response, actor: CurrentActor, page: Paging, session: Session
) -> Page[InvitationOut]:
    """Invitations that are neither accepted nor withdrawn, newest first."""
    actor.require(Permission.MEMBERS_MANAGE)
    statement = queries.invitations_of(actor.organization_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[Invitation.id], descending=True)
    link_next(request, response, cursor)
    return Page[InvitationOut](items=[_invitation(row) for row in rows], next_cursor=cursor)


@router.delete(
    "/invitations/{invitation_id}", status_code=204, responses=problems(Unauthenticated, NotFound, Forbidden)
)
async def delete_invitation(invitation_id: UUID, actor: CurrentActor, session: Session, now: Now) -> None:
    """Withdraw an invitation: its link stops working."""
    await withdraw_invitation(session, actor, invitation_id, now=now)


@router.post("/invitations/preview", responses=problems(LinkNotUsable))
async def post_invitation_preview(form: InvitationTokenIn, session: Session, now: Now) -> InvitationPreviewOut:
    """What an invitation offers, for the one who holds its token."""
    return InvitationPreviewOut.model_validate(await offer_of(session, form.token, now=now))


@router.post("/invitations/acceptance", status_code=201, responses=problems(LinkNotUsable, AlreadyMember))
async def post_invitation_acceptance(form: AcceptanceIn, session: Session, now: Now) -> AcceptedOut:
    """Accept an invitation with the token of its link, and a name and password when you have no account. Then sign in."""
    organization_id, person_id = await accept_invitation(session, form, now=now)
    return AcceptedOut(organization_id=organization_id, person_id=person_id)
