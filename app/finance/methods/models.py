"""The table of saved payment methods: what may be shown of one, and the provider's reference. No data of a card comes near it."""

from datetime import date
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.finance.methods.states import MethodState, SavedKind
from app.kit.db.base import Base, CreatedAt, Id, Moment, one_of


class PaymentMethod(Base):
    """A method that an organization saved. `last_digits` are those of the card or of the IBAN; `expires_on` is printed on a card.

    While an organization has methods, one of them is its default: the index lets there be no second one, and a trigger not none.
    """

    __tablename__ = "payment_methods"
    __table_args__ = (
        UniqueConstraint("reference"),
        Index("ix_payment_methods_organization_id_id", "organization_id", "id"),
        Index("uq_payment_methods_one_default", "organization_id", unique=True, postgresql_where=text("is_default")),
        Index("ix_payment_methods_forgetting", "id", postgresql_where=text("state = 'forgetting'")),
        CheckConstraint(f"state IN ({one_of(MethodState)})", name="state_known"),
        CheckConstraint(f"kind IN ({one_of(SavedKind)})", name="kind_known"),
        CheckConstraint("NOT is_default OR state = 'saved'", name="default_is_saved"),
        CheckConstraint("last_digits ~ '^[0-9A-Za-z]{0,4}$'", name="no_whole_number"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    reference: Mapped[str] = mapped_column(String(200, collation="C"))
    kind: Mapped[str] = mapped_column(String(10))
    brand: Mapped[str] = mapped_column(String(40))
    last_digits: Mapped[str] = mapped_column(String(4))
    expires_on: Mapped[date | None] = mapped_column(Date)
    can_hold: Mapped[bool] = mapped_column(Boolean)
    is_default: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[str] = mapped_column(String(10), server_default=text("'saved'"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    saved_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    saved_at: Mapped[CreatedAt]
    changed_at: Mapped[Moment] = mapped_column(server_default=text("app_now()"))
