"""Rate cards as their partner sees them, and what became of a batch."""

from app.kit.errors import FieldError, Invalid
from app.kit.locales import current_locale
from app.kit.problems import render
from app.kit.schemas import labelled
from app.logistics.freight.models import RateCardVersion
from app.logistics.freight.schemas.cards import CardProblemOut, RateCardOut, RateCardsOut, RefusedCardOut
from app.logistics.freight.states import CARD_STATE_LABELS
from app.logistics.freight.usecases.keep_cards import Uploaded
from app.logistics.states import MODE_LABELS


def card_out(row: RateCardVersion) -> RateCardOut:
    """A version of a card."""
    values = {name: getattr(row, name) for name in RateCardOut.model_fields if hasattr(row, name)} | row.tariff
    shown = {"state": labelled(row.state, CARD_STATE_LABELS), "mode": labelled(row.mode, MODE_LABELS)}
    return RateCardOut(**values | shown)


def uploaded_out(taken: Uploaded) -> RateCardsOut:
    """What became of a batch, in the partner's language."""
    refused = [
        RefusedCardOut(index=one.index, reference=one.reference, problems=_problems(one.errors))
        for one in taken.refused
    ]
    return RateCardsOut(accepted=taken.accepted, known=taken.known, refused=refused)


def _problems(errors: tuple[FieldError, ...]) -> list[CardProblemOut]:
    told = render(Invalid(errors=errors), locale=current_locale())["errors"]
    return [CardProblemOut(code=one["code"], field=one["pointer"], detail=one["detail"]) for one in told]
