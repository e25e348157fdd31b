"""The table of deposits. Members read their own; the worker moves them for the campaign's lead."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Currency, Id, Moment, one_of
from app.pooling.deposits.states import DECLINE_TEXTS, ENDED, MOVING, DepositState
from app.pooling.models.commitments import COMMITTED


class PoolDeposit(Base):
    """A deposit of a commitment.

    `token` is what the payer's browser was handed, until the method is saved. `method` and `payment` are the provider's
    references, `shown` is what may be shown of the method. `attempt` counts methods given. `give_back`: whatever comes of a call
    that is under way is given back. `surplus_minor` was taken beyond what there is to pay; `surplus_refund` is the provider's
    reference once it is given back.
    """

    __tablename__ = "pool_deposits"
    __table_args__ = (
        ForeignKeyConstraint(["commitment_id", "campaign_id", "member_id"], COMMITTED),
        ForeignKeyConstraint(["campaign_id", "lead_id"], ["campaigns.id", "campaigns.lead_id"]),
        ForeignKeyConstraint(["campaign_id", "currency"], ["campaigns.id", "campaigns.currency"]),
        Index(
            "uq_pool_deposits_one_stands",
            "commitment_id",
            unique=True,
            postgresql_where=text(f"state NOT IN ({one_of(ENDED)}) AND NOT give_back"),
        ),
        Index("ix_pool_deposits_commitment_id", "commitment_id"),
        Index("ix_pool_deposits_campaign_id_state", "campaign_id", "state"),
        Index("ix_pool_deposits_moving", "id", postgresql_where=text(f"state IN ({one_of(MOVING)})")),
        Index("ix_pool_deposits_payment", "payment", postgresql_where=text("payment IS NOT NULL")),
        Index("ix_pool_deposits_due", "due_at", postgresql_where=text("state = 'declined' AND due_at IS NOT NULL")),
        CheckConstraint(f"state IN ({one_of(DepositState)})", name="state_known"),
        CheckConstraint(f"reason IN ({one_of(DECLINE_TEXTS)})", name="reason_known"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("attempt > 0", name="attempts_count"),
        CheckConstraint(
            "state NOT IN ('waiting', 'pending') OR num_nonnulls(token, method) > 0", name="pending_has_method"
        ),
        CheckConstraint("state NOT IN ('held', 'capturing') OR payment IS NOT NULL", name="held_has_payment"),
        CheckConstraint("state <> 'captured' OR payment IS NOT NULL", name="captured_has_payment"),
        CheckConstraint("state NOT IN ('saved', 'charging') OR method IS NOT NULL", name="saved_has_method"),
        Index("ix_pool_deposits_surplus", "id", postgresql_where=text("surplus_minor > 0 AND surplus_refund IS NULL")),
        CheckConstraint(
            "surplus_minor = 0 OR (surplus_minor > 0 AND surplus_minor < amount_minor AND state = 'captured')",
            name="surplus_of_what_is_taken",
        ),
        CheckConstraint("surplus_refund IS NULL OR surplus_minor > 0", name="surplus_given_back"),
        CheckConstraint("(state IN ('declined', 'defaulted')) <= (reason IS NOT NULL)", name="declined_has_reason"),
    )

    id: Mapped[Id]
    commitment_id: Mapped[UUID]
    campaign_id: Mapped[UUID]
    lead_id: Mapped[UUID]
    member_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    state: Mapped[str] = mapped_column(String(9), server_default=text("'pending'"))
    currency: Mapped[Currency]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    attempt: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    token: Mapped[str | None] = mapped_column(String(200))
    method: Mapped[str | None] = mapped_column(String(200))
    shown: Mapped[str | None] = mapped_column(String(80))
    payment: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(String(30))
    give_back: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    surplus_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    surplus_refund: Mapped[str | None] = mapped_column(String(200))
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]
    changed_at: Mapped[Moment] = mapped_column(server_default=text("app_now()"))
