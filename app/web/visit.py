"""Who reads a page and how: language of the address, units, currency, who is signed in, what is in the basket."""

from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData

from app.catalog import facade as catalog
from app.kit.actor import Actor
from app.kit.clock import Clock
from app.kit.db.session import Session
from app.kit.errors import Unauthenticated
from app.kit.locales import current_locale
from app.kit.seats import Seat
from app.parties import facade as parties
from app.reference import facade as reference
from app.settings import Settings
from app.web import basket as baskets
from app.web import cookies
from app.web.basket import Basket
from app.web.errors import FormNotOurs, SignInNeeded

ALL_CURRENCIES = "all"
USUAL_CURRENCIES = {"de": "EUR", "es": "EUR", "fr": "EUR"}
USUAL_CURRENCY = "USD"
"""What readers are shown prices in until they choose: the currency that most of the trade abroad is quoted in, or the euro.
A supplier who gives no price in it shows his own."""


@dataclass
class Visit:
    """One request of a reader. `fresh_secret` is set when a form of the page needs a new cookie."""

    request: Request
    settings: Settings
    locale: str
    units: str
    currency: str | None
    basket: Basket
    seat: Seat | None = None
    actor: Actor | None = None
    person: str = ""
    fresh_secret: str | None = field(default=None)

    @property
    def tag(self) -> str:
        """The language as addresses spell it."""
        return self.locale.lower()

    @property
    def reader(self) -> catalog.Reader:
        """How the catalogue shows things to this reader."""
        return catalog.Reader(self.locale, self.units, self.currency)

    @property
    def is_anonymous(self) -> bool:
        """Whether the page is the same for everybody: nobody signed in, nothing chosen, nothing collected."""
        return self.seat is None and not any(name in self.request.cookies for name in cookies.KEPT)

    def url(self, path: str = "/") -> str:
        """The address of a page in the reader's language."""
        return f"/{self.tag}{path}"

    def form_token(self) -> str:
        """The hidden field of a form of this page."""
        secret = cookies.form_secret(self.request) or self.fresh_secret
        if secret is None:
            secret = self.fresh_secret = cookies.new_form_secret()
        return cookies.form_token(self.settings, secret, self._session_id)

    def check_form(self, form: FormData) -> None:
        """Refuse a form that this browser was not given while the same person was signed in."""
        secret = cookies.form_secret(self.request)
        given = str(form.get("form_token") or "")
        if secret is None or not compare_digest(
            given.encode(), cookies.form_token(self.settings, secret, self._session_id).encode()
        ):
            raise FormNotOurs()

    @property
    def _session_id(self) -> UUID | None:
        return self.seat.session.session_id if self.seat else None


async def visit(request: Request, session: Session) -> Visit:
    """The reader of a page. A seat whose session has ended is nobody's."""
    settings: Settings = request.app.state.settings
    clock: Clock = request.app.state.clock
    seat = cookies.SEAT.unpack(settings, request.cookies.get(cookies.SEAT.cookie_name(settings)), now=clock.now())
    found = Visit(
        request=request,
        settings=settings,
        locale=current_locale(),
        units=request.cookies.get(cookies.UNITS, ""),
        currency=request.cookies.get(cookies.CURRENCY),
        basket=baskets.unpack(settings, request.cookies.get(cookies.BASKET)),
    )
    if seat is not None:
        await _sit(session, found, seat)
    preferred = found.actor
    if found.units not in ("metric", "inch"):
        found.units = preferred.unit_system if preferred else "metric"
    if found.currency == ALL_CURRENCIES:
        found.currency = None
    elif found.currency is None or not reference.is_accepted_currency(found.currency):
        found.currency = preferred.currency if preferred else USUAL_CURRENCIES.get(found.locale, USUAL_CURRENCY)
    request.state.visit = found
    return found


async def _sit(session: AsyncSession, found: Visit, seat: Seat) -> None:
    try:
        found.actor = await parties.actor_of_session(session, seat.session)
    except Unauthenticated:
        return
    found.seat = seat
    found.request.state.actor = found.actor
    person = await parties.person(session, seat.session.person_id)
    found.person = person.name if person else ""


AnyVisit = Annotated[Visit, Depends(visit)]


@dataclass
class Member:
    """A reader who is signed in, with the actor that he is."""

    visit: Visit
    actor: Actor


async def member(visit: AnyVisit) -> Member:
    """The reader of a page of somebody's own. Raises `SignInNeeded`."""
    if visit.actor is None:
        raise SignInNeeded()
    return Member(visit, visit.actor)


AnyMember = Annotated[Member, Depends(member)]


def visit_of(request: Request) -> Visit | None:
    """The visit of a request, as far as it was found out."""
    return cast(Visit | None, getattr(request.state, "visit", None))
