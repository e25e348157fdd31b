"""The inquiry basket: collect items, change quantities, ask their suppliers."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, Response

from app.kit.actor import Actor
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import FieldError, Invalid, NotFound, Problem
from app.kit.idempotency import check_key, open_intent
from app.kit.ids import new_id
from app.kit.locales import N_, NN_, translate, translate_plural
from app.kit.problems import render
from app.parties import facade as parties
from app.procurement import facade as procurement
from app.reference import facade as reference
from app.web import sources
from app.web.basket import MOST_ITEMS, Basket, BasketItem, usable_quantity
from app.web.errors import BasketFull, SignInNeeded
from app.web.pages import page_router, safe_target, see_other
from app.web.rendering import page
from app.web.visit import AnyVisit, Visit

router = page_router()

USUAL_TERM = "DAP"
DAYS_FOR_QUOTES = 7
CLOSES_AT = time(18, 0)
COUNTED = NN_("{count} item in your inquiry basket", "{count} items in your inquiry basket")


@router.get("/basket")
async def basket(visit: AnyVisit, session: Session, now: Now) -> Response:
    """What was collected, and the form that asks for it."""
    return await _page(visit, session, now=now)


@router.post("/basket/items")
async def add_item(request: Request, visit: AnyVisit, session: Session) -> Response:
    """Put some of a published variant into the basket. Scripts get its new size, everybody else the page again."""
    form = await request.form()
    product_id, variant_id = _id(form, "product_id"), _id(form, "variant_id")
    shown = await sources.product(visit, session, product_id)
    if all(variant["id"] != str(variant_id) for variant in shown["variants"]):
        raise NotFound()
    quantity = usable_quantity(str(form.get("quantity") or ""))
    if quantity is None:
        raise Invalid(errors=[_quantity_error("/quantity")])
    grown = visit.basket.with_item(BasketItem(product_id, variant_id, quantity))
    if grown is visit.basket:
        raise BasketFull(limit=MOST_ITEMS)
    answer: Response
    if "application/json" in request.headers.get("accept", ""):
        text = translate_plural(COUNTED, len(grown), visit.locale)
        answer = JSONResponse({"count": len(grown), "text": text}, headers={"Cache-Control": "no-store"})
    else:
        answer = see_other(safe_target(str(form.get("next") or ""), visit.url("/basket")))
    request.state.basket = grown
    return answer


@router.post("/basket/quantities")
async def change_quantities(request: Request, visit: AnyVisit) -> Response:
    """Take over the quantities of the form; a pressed “remove” takes its item out."""
    form = await request.form()
    changed = _quantities(visit.basket, form)
    removed = str(form.get("remove") or "")
    if removed:
        changed = Basket(tuple(item for item in changed if str(item.variant_id) != removed))
    request.state.basket = changed
    return see_other(visit.url("/basket"))


@router.post("/basket/inquiry")
async def send_inquiry(request: Request, visit: AnyVisit, session: Session, now: Now) -> Response:
    """Write the inquiry or inquiries, and send them when that button was pressed. A repeated form acts once."""
    form = await request.form()
    changed = _quantities(visit.basket, form)
    if visit.actor is None:
        request.state.basket = changed
        raise SignInNeeded()
    visit.check_form(form)
    key = str(form.get("key") or "")
    check_key(key)
    request.state.basket = Basket()
    await open_intent(request, visit.actor, session, key, await request.body())
    try:
        # What an inquiry cannot have is found while it is being written: all of it is undone, and the form shown again.
        async with session.begin_nested():
            ids = await procurement.inquire_about_items(
                session,
                visit.actor,
                _asked(visit, visit.actor, changed, form),
                together=form.get("together") == "yes",
                publish=form.get("act") == "send",
                now=now,
            )
    except Invalid as refusal:
        request.state.idempotency = None
        request.state.basket = visit.basket = changed
        return await _page(visit, session, now=now, form=form, refusal=refusal)
    return see_other(visit.url(f"/inquiries/{ids[0]}" if len(ids) == 1 else "/inquiries"))


def _id(form: FormData, name: str) -> UUID:
    try:
        return UUID(str(form.get(name) or ""))
    except ValueError:
        raise NotFound() from None


def _quantity_error(pointer: str) -> FieldError:
    return FieldError(pointer, "quantity", N_("Give a quantity greater than zero, with at most three decimals."))


def _quantities(basket: Basket, form: FormData) -> Basket:
    """The basket with the form's quantities; what is no quantity stays as it was."""
    for item in basket:
        given = usable_quantity(str(form.get(f"quantity.{item.variant_id}") or ""))
        if given is not None:
            basket = basket.with_quantity(item.variant_id, given)
    return basket


def _asked(visit: Visit, actor: Actor, basket: Basket, form: FormData) -> procurement.ItemsInquiry:
    return procurement.ItemsInquiry(
        title=_text(form, "title"),
        items=[procurement.Item(item.variant_id, item.quantity) for item in basket],
        currency=_text(form, "currency"),
        incoterm=_text(form, "incoterm"),
        incoterm_place=_text(form, "incoterm_place"),
        closes_at=_closing(_text(form, "closes_on"), actor),
        required_on=_day(_text(form, "required_on")),
        notes=_text(form, "notes") or None,
        locale=visit.locale,
    )


def _text(form: FormData, name: str) -> str:
    return str(form.get(name) or "").strip()


def _day(text: str) -> date | None:
    """A day as browsers send it; none when nothing was given."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = N_("Give a day of the calendar.")
        raise Invalid(errors=[FieldError("/required_on", "no-day", message)]) from None


def _closing(day: str, actor: Actor) -> datetime:
    """Six in the evening of the day, where the buyer is."""
    try:
        return datetime.combine(date.fromisoformat(day), CLOSES_AT, tzinfo=ZoneInfo(actor.time_zone))
    except ValueError:
        message = N_("Give the day until which suppliers may quote.")
        raise Invalid(errors=[FieldError("/closes_at", "closes-on", message)]) from None


async def _page(
    visit: Visit, session: AsyncSession, *, now: datetime, form: FormData | None = None, refusal: Problem | None = None
) -> Response:
    lines = await sources.lines(visit, session)
    suppliers: dict[str, list[sources.Line]] = {}
    for line in lines:
        suppliers.setdefault(line.product["supplier"]["id"] if line.product else "", []).append(line)
    return page(
        visit,
        "basket.html",
        status=refusal.status if refusal else 200,
        suppliers=suppliers,
        values=_values(form) if form else await _usual(visit, session, lines, now=now),
        today=now.date().isoformat(),
        incoterms=[(code, term.names[visit.locale]) for code, term in reference.incoterms().items()],
        errors=render(refusal, locale=visit.locale)["errors"] if refusal else [],
        key=str(new_id()),
        most=MOST_ITEMS,
        counted=translate(N_("{count} of {most}"), visit.locale, count=len(lines), most=MOST_ITEMS),
    )


FIELDS = ("title", "currency", "incoterm", "incoterm_place", "closes_on", "required_on", "notes", "together")


def _values(form: FormData) -> dict[str, str]:
    return {name: _text(form, name) for name in FIELDS}


async def _usual(visit: Visit, session: AsyncSession, lines: list[sources.Line], *, now: datetime) -> dict[str, Any]:
    """Sensible beginnings: delivered to the buyer's own city, a week for quotes, the reader's currency."""
    titles = [line.product["title"]["text"] for line in lines if line.product]
    more = f" (+{len(titles) - 1})" if len(titles) > 1 else ""
    city = ""
    if visit.actor is not None:
        firm = (await parties.organizations(session, [visit.actor.organization_id])).get(visit.actor.organization_id)
        city = firm.city if firm else ""
    return {
        "title": titles[0][:180] + more if titles else "",
        "currency": visit.currency or "EUR",
        "incoterm": USUAL_TERM,
        "incoterm_place": city,
        "closes_on": (now + timedelta(days=DAYS_FOR_QUOTES)).date().isoformat(),
        "required_on": "",
        "notes": "",
        "together": "",
    }
