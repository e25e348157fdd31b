"""The house's accounts that payers may transfer to, as the operator's settings name them."""

from app.finance.bank.schemas import HouseBankAccountOut
from app.settings import Settings


def house_accounts(settings: Settings, currency: str | None = None) -> list[HouseBankAccountOut]:
    """Those in a currency, or all."""
    return [
        HouseBankAccountOut(**one.model_dump())
        for one in settings.house_bank_accounts
        if currency in (None, one.currency)
    ]
