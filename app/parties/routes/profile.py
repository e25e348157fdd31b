"""One's own profile, password, second factor and sessions."""

from uuid import UUID

from fastapi import Request, Response

from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import (
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Problem,
    Unauthenticated,
)
from app.kit.etags import IfMatch, set_etag
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import problems
from app.kit.routing import house_router
from app.parties import secrets, views
from app.parties.errors import PeopleOnly, SecondFactorExists, SecondFactorMissing, WrongPassword, WrongSecondFactor
from app.parties.guards import CurrentPerson, CurrentSettings, refused
from app.parties.models import SignIn
from app.parties.queries import access as queries
from app.parties.queries import people
from app.parties.schemas.access import (
    CodeIn,
    EnrolmentOut,
    MeOut,
    MePatch,
    PasswordIn,
    ProofIn,
    ProofWithCodeIn,
    RecoveryCodesOut,
    SessionOut,
)
from app.parties.states import SignInEnd
from app.parties.usecases import second_factor
from app.parties.usecases.continue_session import end_session
from app.parties.usecases.edit_profile import edit_profile
from app.parties.usecases.set_password import CONFIRMATION, change_password, mail_link

router = house_router(tags=["profile"], prefix="/v1/me")


@router.get("", responses=problems(Unauthenticated, PeopleOnly, NotFound))
async def get_me(actor: CurrentPerson, response: Response, session: Session) -> MeOut:
    """Who you are, how you read, where you belong and what you may do here."""
    found = await views.me(session, actor)
    set_etag(response, found.version)
    return found


@router.patch("", responses=problems(Unauthenticated, PeopleOnly, NotFound, PreconditionRequired, PreconditionFailed))
async def patch_me(
    actor: CurrentPerson, form: MePatch, if_match: IfMatch, response: Response, session: Session
) -> MeOut:
    """Change your name, language, time zone, units or currency."""
    await edit_profile(session, actor, form, if_match)
    found = await views.me(session, actor)
    set_etag(response, found.version)
    return found


@router.put(
    "/password",
    status_code=204,
    response_class=Response,
    responses=problems(Unauthenticated, PeopleOnly, WrongPassword),
)
async def put_my_password(
    request: Request, actor: CurrentPerson, form: PasswordIn, session: Session, settings: CurrentSettings, now: Now
) -> Response:
    """Set a new password. Your other sessions end."""
    problem = await change_password(session, settings, actor, form.password, form.new_password, now=now)
    return refused(request, problem) if problem else Response(status_code=204)


@router.post(
    "/email-confirmation", status_code=202, response_class=Response, responses=problems(Unauthenticated, PeopleOnly)
)
async def post_my_email_confirmation(
    actor: CurrentPerson, session: Session, settings: CurrentSettings, now: Now
) -> Response:
    """Have the link that confirms your e-mail address mailed again (at most three an hour)."""
    assert actor.person_id is not None
    await mail_link(session, settings, actor.person_id, CONFIRMATION, now=now)
    return Response(status_code=202)


@router.post(
    "/second-factor",
    status_code=201,
    response_model=EnrolmentOut,
    responses=problems(Unauthenticated, PeopleOnly, WrongPassword, SecondFactorExists),
)
async def post_my_second_factor(
    request: Request,
    actor: CurrentPerson,
    form: ProofIn,
    response: Response,
    session: Session,
    settings: CurrentSettings,
    now: Now,
) -> object:
    """Begin to set up a second factor (TOTP). It is on once you confirm it with a first code."""
    seed = await second_factor.enrol(session, settings, actor, form.password, now=now)
    if isinstance(seed, Problem):
        return refused(request, seed)
    assert actor.person_id is not None
    person = await people.person(session, actor.person_id)
    response.headers["Cache-Control"] = "no-store"
    return EnrolmentOut(secret=seed, otpauth_uri=secrets.otpauth_uri(seed, person.email if person else ""))


@router.put(
    "/second-factor",
    response_model=RecoveryCodesOut,
    responses=problems(Unauthenticated, PeopleOnly, WrongSecondFactor, SecondFactorMissing, SecondFactorExists),
)
async def put_my_second_factor(
    request: Request,
    actor: CurrentPerson,
    form: CodeIn,
    response: Response,
    session: Session,
    settings: CurrentSettings,
    now: Now,
) -> object:
    """Confirm the second factor with a first code. The recovery codes are shown this one time."""
    codes = await second_factor.confirm(session, settings, actor, form.otp, now=now)
    if isinstance(codes, Problem):
        return refused(request, codes)
    response.headers["Cache-Control"] = "no-store"
    return RecoveryCodesOut(recovery_codes=codes)


@router.post(
    "/second-factor/removal",
    status_code=204,
    response_class=Response,
    responses=problems(Unauthenticated, PeopleOnly, WrongPassword, WrongSecondFactor, SecondFactorMissing),
)
async def post_my_second_factor_removal(
    request: Request,
    actor: CurrentPerson,
    form: ProofWithCodeIn,
    session: Session,
    settings: CurrentSettings,
    now: Now,
) -> Response:
    """Switch the second factor off, with your password and a code."""
    problem = await second_factor.remove(session, settings, actor, form.password, form.otp, now=now)
    return refused(request, problem) if problem else Response(status_code=204)


@router.get("/sessions", responses=problems(Unauthenticated, PeopleOnly))
async def list_my_sessions(
    request: Request, response: Response, actor: CurrentPerson, page: Paging, session: Session, now: Now
) -> Page[SessionOut]:
    """Your sessions that go on, newest first."""
    assert actor.person_id is not None
    rows, cursor = await fetch_page(
        session, queries.sign_ins_of(actor.person_id, now), page, keys=[SignIn.id], descending=True
    )
    link_next(request, response, cursor)
    items = [
        SessionOut(
            id=row.id,
            organization_id=row.organization_id,
            user_agent=row.user_agent,
            address=row.address,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
            current=row.id == actor.session_id,
        )
        for row in rows
    ]
    return Page[SessionOut](items=items, next_cursor=cursor)


@router.delete("/sessions/{session_id}", status_code=204, responses=problems(Unauthenticated, PeopleOnly, NotFound))
async def delete_my_session(session_id: UUID, actor: CurrentPerson, session: Session, now: Now) -> None:
    """End one of your sessions: its tokens are refused from now on."""
    await end_session(session, actor, session_id, SignInEnd.REVOKED, now=now)
