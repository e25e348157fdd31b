"""What the house's invoices over commission say, in the supplier's language."""

from dataclasses import dataclass
from datetime import date

from babel.dates import format_skeleton

from app.finance.commission.registry import ChargedDeal
from app.finance.invoicing.facade import percent_text
from app.kit.locales import N_, cldr, translate
from app.reference import facade as reference


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of an invoice in a language."""

    locale: str

    def line(self, deal: ChargedDeal | None) -> str:
        """What commission is charged on."""
        if deal is None:
            return translate(N_("Commission"), self.locale)
        sentence = N_("Commission on milestone {position} of {number}")
        return translate(sentence, self.locale, position=deal.position, number=deal.number)

    def basis(self, released: tuple[int, str] | None, rate_bp: int | None) -> str | None:
        """What was released, and at which rate commission was taken of it."""
        said = []
        if released is not None:
            amount = reference.display_money(*released, self.locale)
            said.append(translate(N_("Released to you: {amount}."), self.locale, amount=amount))
        if rate_bp is not None:
            said.append(translate(N_("Agreed rate: {rate}."), self.locale, rate=percent_text(rate_bp, self.locale)))
        return " ".join(said) or None

    def kept_back(self, month: date) -> str:
        """Why the invoice asks for none of the commission."""
        sentence = N_(
            "Commission for {month}. It was kept back from what was released to you, and is settled thereby; only VAT that is "
            "charged on it is still to be paid."
        )
        return translate(sentence, self.locale, month=self._month(month))

    def given_back(self, month: date) -> str:
        """Why a credit note pays back none of it."""
        sentence = N_(
            "Commission that was given back to you in {month} with what you were owed; only VAT that was charged on it is still "
            "to be set off or paid back."
        )
        return translate(sentence, self.locale, month=self._month(month))

    def _month(self, month: date) -> str:
        return format_skeleton("yMMMM", month, locale=cldr(self.locale))
