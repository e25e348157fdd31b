"""Getting in: tokens, passwords, mailed links. Public, except signing out and switching."""

import base64
import binascii
from typing import Annotated

from fastapi import Form, Request, Response

from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import NotFound, Problem, Unauthenticated
from app.kit.problems import problems
from app.kit.routing import house_router
from app.parties.errors import (
    OAUTH_PROBLEMS,
    IncompleteTokenRequest,
    InvalidClient,
    LinkNotUsable,
    NoMembership,
    PeopleOnly,
    UnsupportedGrantType,
)
from app.parties.guards import CurrentPerson, CurrentPlace, CurrentSettings, refused
from app.parties.schemas.access import LinkIn, ResetIn, ResetRequestIn, SwitchIn, TokenForm, TokenOut
from app.parties.states import SignInEnd
from app.parties.usecases.continue_session import end_session, exchange_refresh_token, switch_organization
from app.parties.usecases.manage_api_clients import client_token
from app.parties.usecases.set_password import confirm_email, request_password_reset, reset_password
from app.parties.usecases.sign_in import Attempt, Place, Tokens, sign_in
from app.settings import Settings

router = house_router(tags=["access"], prefix="/v1/auth")


@router.post("/token", response_model=TokenOut, responses=problems(*OAUTH_PROBLEMS))
async def post_token(
    request: Request,
    response: Response,
    form: Annotated[TokenForm, Form()],
    session: Session,
    settings: CurrentSettings,
    place: CurrentPlace,
    now: Now,
) -> object:
    """Get tokens: with a password (and a second factor), a refresh token, or a machine's client credentials (OAuth 2)."""
    result = await _granted(session, settings, request, form, place, now)
    if isinstance(result, Problem):
        return refused(request, result)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
    return _out(result)


async def _granted(
    session: Session, settings: Settings, request: Request, form: TokenForm, place: Place, now: Now
) -> Tokens | Problem:
    match _needed(form, "grant_type"):
        case "password":
            attempt = Attempt(
                email=_needed(form, "username")[:254].strip(),
                password=_needed(form, "password"),
                otp=form.otp,
                organization_id=form.organization_id,
                device_token=form.device_token,
            )
            return await sign_in(session, settings, attempt, place, now=now)
        case "refresh_token":
            token = _needed(form, "refresh_token")
            return await exchange_refresh_token(session, settings, token, organization_id=form.organization_id, now=now)
        case "client_credentials":
            pair = _client_of(request, form)
            return await client_token(session, settings, *pair, form.scope, now=now) if pair else InvalidClient()
        case _:
            return UnsupportedGrantType()


def _needed(form: TokenForm, name: str) -> str:
    value: str | None = getattr(form, name)
    if not value:
        raise IncompleteTokenRequest(name)
    return value


def _client_of(request: Request, form: TokenForm) -> tuple[str, str] | None:
    """Client id and secret, as HTTP Basic (RFC 6749 §2.3.1) or in the form."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return None
        return (client_id, secret) if colon else None
    return (form.client_id, form.client_secret) if form.client_id and form.client_secret else None


def _out(tokens: Tokens) -> TokenOut:
    return TokenOut(
        access_token=tokens.access_token,
        expires_in=tokens.expires_in,
        organization_id=tokens.organization_id,
        refresh_token=tokens.refresh_token,
        person_id=tokens.person_id,
        device_token=tokens.device_token,
        scope=" ".join(tokens.scopes) or None,
    )


@router.post("/organization", responses=problems(Unauthenticated, NoMembership, PeopleOnly, NotFound))
async def post_auth_organization(
    actor: CurrentPerson, form: SwitchIn, response: Response, session: Session, settings: CurrentSettings, now: Now
) -> TokenOut:
    """Get an access token for another organization that you belong to, in the same session."""
    tokens = await switch_organization(session, settings, actor, form.organization_id, now=now)
    response.headers["Cache-Control"] = "no-store"
    return _out(tokens)


@router.post("/sign-out", status_code=204, responses=problems(Unauthenticated, PeopleOnly, NotFound))
async def post_sign_out(actor: CurrentPerson, session: Session, now: Now) -> None:
    """End this session: its tokens are refused from now on."""
    await end_session(session, actor, actor.session_id, SignInEnd.SIGNED_OUT, now=now)


@router.post("/password-reset", status_code=202, response_class=Response, responses=problems())
async def post_password_reset(
    request: Request, form: ResetRequestIn, session: Session, settings: CurrentSettings, place: CurrentPlace, now: Now
) -> Response:
    """Have a link for a new password mailed. The answer is the same whether or not somebody has this address."""
    problem = await request_password_reset(session, settings, form.email, address=place.address, now=now)
    return refused(request, problem) if problem else Response(status_code=202)


@router.put("/password-reset", status_code=204, responses=problems(LinkNotUsable))
async def put_password_reset(form: ResetIn, session: Session, now: Now) -> None:
    """Set a new password with the token of the mailed link. Every session ends."""
    await reset_password(session, form.token, form.new_password, now=now)


@router.put("/email-confirmation", status_code=204, responses=problems(LinkNotUsable))
async def put_email_confirmation(form: LinkIn, session: Session, now: Now) -> None:
    """Confirm an e-mail address with the token of the mailed link."""
    await confirm_email(session, form.token, now=now)
