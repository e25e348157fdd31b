"""Tables of payouts. Amounts are minor units; triggers say what may follow what, and that money is sent once."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.finance.payouts.states import UNSENT, ItemState, PayoutState, Rhythm, TakeBackState, Way
from app.gateways.payments import AccountState
from app.kit.db.base import Base, CreatedAt, Currency, Id, Moment, one_of

_RHYTHM = (
    "CASE rhythm WHEN 'weekly' THEN weekday BETWEEN 1 AND 7 AND month_day IS NULL AND weekday IS NOT NULL "
    "WHEN 'monthly' THEN month_day BETWEEN 1 AND 28 AND weekday IS NULL AND month_day IS NOT NULL "
    "ELSE weekday IS NULL AND month_day IS NULL END"
)


class SupplierAccount(Base):
    """A supplier's account at the payment provider. `due` are the provider's codes of what is still to be told."""

    __tablename__ = "supplier_accounts"
    __table_args__ = (
        UniqueConstraint("reference"),
        Index("ix_supplier_accounts_not_ready", "looked_at", postgresql_where=text("state <> 'ready'")),
        CheckConstraint(f"state IN ({one_of(AccountState)})", name="state_known"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_is_iso3166"),
    )

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    reference: Mapped[str] = mapped_column(String(200, collation="C"))
    country: Mapped[str] = mapped_column(String(2, collation="C"))
    state: Mapped[str] = mapped_column(String(10))
    pays_out: Mapped[bool] = mapped_column(Boolean)
    due: Mapped[list[str]] = mapped_column(ARRAY(String(200)))
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    opened_at: Mapped[CreatedAt]
    looked_at: Mapped[Moment] = mapped_column(server_default=text("app_now()"))


class PayoutDefaults(Base):
    """How suppliers are paid out who have said nothing: one row, the operator's."""

    __tablename__ = "payout_defaults"
    __table_args__ = (
        CheckConstraint("only_row", name="only_row"),
        CheckConstraint(f"rhythm IN ({one_of(Rhythm)})", name="rhythm_known"),
        CheckConstraint(_RHYTHM, name="day_of_rhythm"),
        CheckConstraint("least_minor >= 0 AND least_currency ~ '^[A-Z]{3}$'", name="least_is_amount"),
        CheckConstraint("hold_days BETWEEN 0 AND 180", name="hold_in_range"),
    )

    only_row: Mapped[bool] = mapped_column(Boolean, primary_key=True, server_default=true())
    rhythm: Mapped[str] = mapped_column(String(7))
    weekday: Mapped[int | None] = mapped_column(SmallInteger)
    month_day: Mapped[int | None] = mapped_column(SmallInteger)
    least_minor: Mapped[int] = mapped_column(BigInteger)
    least_currency: Mapped[Currency]
    hold_days: Mapped[int] = mapped_column(SmallInteger)
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    changed_at: Mapped[Moment] = mapped_column(server_default=text("app_now()"))


class PayoutCalendar(Base):
    """When a supplier wants to be paid out, if he has said so. `hold_days` and `way` are the operator's to say; a trigger keeps
    them from everybody else."""

    __tablename__ = "payout_calendars"
    __table_args__ = (
        CheckConstraint(f"rhythm IN ({one_of(Rhythm)})", name="rhythm_known"),
        CheckConstraint(_RHYTHM, name="day_of_rhythm"),
        CheckConstraint("num_nonnulls(rhythm, least_minor, least_currency) IN (0, 3)", name="said_whole"),
        CheckConstraint("least_minor >= 0 AND least_currency ~ '^[A-Z]{3}$'", name="least_is_amount"),
        CheckConstraint("hold_days BETWEEN 0 AND 180", name="hold_in_range"),
        CheckConstraint(f"way IN ({one_of(Way)})", name="way_known"),
    )

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    rhythm: Mapped[str | None] = mapped_column(String(7))
    weekday: Mapped[int | None] = mapped_column(SmallInteger)
    month_day: Mapped[int | None] = mapped_column(SmallInteger)
    least_minor: Mapped[int | None] = mapped_column(BigInteger)
    least_currency: Mapped[str | None] = mapped_column(String(3))
    hold_days: Mapped[int | None] = mapped_column(SmallInteger)
    way: Mapped[str] = mapped_column(String(8), server_default=text("'provider'"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    changed_at: Mapped[Moment] = mapped_column(server_default=text("app_now()"))


class Payout(Base):
    """What a supplier is sent at once, in one currency and one way: `amount_minor` is what was to be sent, `sent_minor` what was.

    Of one by bank, `bank_…` say to which account, as it was known when the payout was made; `reference` is what the transfer
    says, `bank_reference` what the operator's bank calls it. When it came back, banks on the way kept `kept_minor` of it.
    """

    __tablename__ = "payouts"
    __table_args__ = (
        UniqueConstraint("id", "supplier_id", "currency"),
        UniqueConstraint("reference"),
        Index("ix_payouts_supplier_id_id", "supplier_id", "id"),
        Index("ix_payouts_sending", "way", "id", postgresql_where=text("state = 'sending'")),
        CheckConstraint(f"state IN ({one_of(PayoutState)})", name="state_known"),
        CheckConstraint(f"way IN ({one_of(Way)})", name="way_known"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
        CheckConstraint("amount_minor >= 0 AND sent_minor BETWEEN 0 AND amount_minor", name="amounts_in_range"),
        CheckConstraint("(state = 'set_off') = (amount_minor = 0)", name="set_off_sends_nothing"),
        CheckConstraint("(state = 'sent') <= (sent_minor > 0)", name="sent_sends_something"),
        CheckConstraint("(state = 'sending') = (ended_at IS NULL)", name="ended_has_time"),
        CheckConstraint("(way = 'bank') = (bank_account IS NOT NULL)", name="account_of_bank"),
        CheckConstraint(
            "way <> 'bank' OR state NOT IN ('sent', 'returned') OR bank_reference IS NOT NULL",
            name="bank_tells_reference",
        ),
        CheckConstraint("way = 'bank' OR reference IS NULL AND state <> 'returned'", name="bank_returns"),
        CheckConstraint("(state = 'returned') = (returned_on IS NOT NULL)", name="returned_on_a_day"),
        CheckConstraint("state = 'returned' OR return_reason IS NULL", name="reason_of_return"),
        CheckConstraint(
            "kept_minor = 0 OR state = 'returned' AND kept_minor > 0 AND kept_minor < sent_minor", name="kept_in_range"
        ),
    )

    id: Mapped[Id]
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    way: Mapped[str] = mapped_column(String(8))
    currency: Mapped[Currency]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    sent_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    state: Mapped[str] = mapped_column(String(8))
    made_on: Mapped[date] = mapped_column(Date)
    bank_holder: Mapped[str | None] = mapped_column(String(200))
    bank_account: Mapped[str | None] = mapped_column(String(34))
    bank_bic: Mapped[str | None] = mapped_column(String(11))
    bank_reference: Mapped[str | None] = mapped_column(String(140))
    reference: Mapped[str | None] = mapped_column(String(25, collation="C"))
    returned_on: Mapped[date | None] = mapped_column(Date)
    return_reason: Mapped[str | None] = mapped_column(String(500))
    kept_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    created_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PayoutItem(Base):
    """What a supplier is owed by one cause, out of one payment at the provider, or out of the bank when there is none.

    `amount_minor` = taken back before it was sent + set off against a debt + sent + what is still to be sent. `attempt` counts
    what the provider has refused; `problem` is the code of the last refusal. `told`: the supplier knows that it waits for him.
    """

    __tablename__ = "payout_items"
    __table_args__ = (
        UniqueConstraint("cause_kind", "cause_id", "occasion", name="uq_payout_items_owed_once"),
        UniqueConstraint("transfer"),
        UniqueConstraint("id", "supplier_id", "currency"),
        ForeignKeyConstraint(
            ["payout_id", "supplier_id", "currency"], ["payouts.id", "payouts.supplier_id", "payouts.currency"]
        ),
        Index("ix_payout_items_supplier_id_id", "supplier_id", "id"),
        Index("ix_payout_items_payout_id", "payout_id", postgresql_where=text("payout_id IS NOT NULL")),
        Index("ix_payout_items_due", "supplier_id", "due_on", "id", postgresql_where=text("state = 'waiting'")),
        Index(
            "ix_payout_items_unsent", "supplier_id", "currency", postgresql_where=text(f"state IN ({one_of(UNSENT)})")
        ),
        Index("ix_payout_items_refused", "id", postgresql_where=text("state = 'refused'")),
        CheckConstraint(f"state IN ({one_of(ItemState)})", name="state_known"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
        CheckConstraint("amount_minor > 0 AND amount_minor <= 1000000000000000", name="amount_in_range"),
        CheckConstraint("occasion > 0 AND attempt > 0", name="counted"),
        CheckConstraint(
            "taken_back_minor >= 0 AND set_off_minor >= 0 AND sent_minor >= 0 "
            "AND taken_back_minor + set_off_minor + sent_minor <= amount_minor AND reversed_minor BETWEEN 0 AND sent_minor",
            name="parts_in_range",
        ),
        CheckConstraint(
            "CASE WHEN state IN ('sent', 'set_off', 'dropped') "
            "THEN taken_back_minor + set_off_minor + sent_minor = amount_minor ELSE sent_minor = 0 END",
            name="parts_are_the_whole",
        ),
        CheckConstraint("(state = 'sent') = (sent_minor > 0)", name="sent_is_something"),
        CheckConstraint("state IN ('sending', 'sent', 'set_off') OR set_off_minor = 0", name="set_off_with_payout"),
        CheckConstraint("(state IN ('sending', 'sent', 'set_off')) = (payout_id IS NOT NULL)", name="payout_of_state"),
        CheckConstraint("(state = 'sent') = (sent_on IS NOT NULL)", name="sent_on_a_day"),
        CheckConstraint("state <> 'refused' OR problem IS NOT NULL", name="refused_says_why"),
        CheckConstraint("transfer IS NULL OR state = 'sent'", name="transfer_was_sent"),
        CheckConstraint("payment IS NOT NULL OR by_bank", name="provider_needs_payment"),
    )

    id: Mapped[Id]
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    cause_kind: Mapped[str] = mapped_column(String(20))
    cause_id: Mapped[UUID]
    occasion: Mapped[int] = mapped_column(SmallInteger)
    payment: Mapped[str | None] = mapped_column(String(200, collation="C"))
    by_bank: Mapped[bool] = mapped_column(Boolean)
    currency: Mapped[Currency]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    taken_back_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    set_off_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    sent_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    reversed_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    released_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(8), server_default=text("'waiting'"))
    payout_id: Mapped[UUID | None]
    attempt: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    problem: Mapped[str | None] = mapped_column(String(60))
    transfer: Mapped[str | None] = mapped_column(String(200, collation="C"))
    sent_on: Mapped[date | None] = mapped_column(Date)
    told: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    created_at: Mapped[CreatedAt]

    @property
    def open_minor(self) -> int:
        """What is still to be sent."""
        return self.amount_minor - self.taken_back_minor - self.set_off_minor - self.sent_minor


class PayoutTakeBack(Base):
    """What is to come back of an item that was sent, or is being sent. `number` counts those of an item."""

    __tablename__ = "payout_take_backs"
    __table_args__ = (
        UniqueConstraint("item_id", "number"),
        UniqueConstraint("reference"),
        ForeignKeyConstraint(
            ["item_id", "supplier_id", "currency"],
            ["payout_items.id", "payout_items.supplier_id", "payout_items.currency"],
        ),
        Index("ix_payout_take_backs_supplier_id_id", "supplier_id", "id"),
        Index("ix_payout_take_backs_asked", "supplier_id", "id", postgresql_where=text("state = 'asked'")),
        CheckConstraint(f"state IN ({one_of(TakeBackState)})", name="state_known"),
        CheckConstraint("amount_minor > 0 AND number > 0", name="amount_positive"),
        CheckConstraint("(state = 'done') = (reference IS NOT NULL)", name="done_has_reference"),
        CheckConstraint("(state = 'asked') = (ended_on IS NULL)", name="ended_has_day"),
    )

    id: Mapped[Id]
    item_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(SmallInteger)
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    currency: Mapped[Currency]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(6))
    reference: Mapped[str | None] = mapped_column(String(200, collation="C"))
    problem: Mapped[str | None] = mapped_column(String(60))
    asked_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[CreatedAt]
