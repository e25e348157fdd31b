"""Tables of reconciliation: runs, the lines that a run compares, and what differed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.finance.reconciliation.states import DifferenceKind, DifferenceState, LineKind, RunPhase
from app.kit.db.base import Base, CreatedAt, Id, Moment, one_of


class Reconciliation(Base):
    """A run over what changed from a moment on and before another one. One is under way at a time.

    `cursor` is how far its phase is. `held_by` is whoever works on it, and `busy_until` until when it is his alone: then
    another one may take it over, and he stops.
    """

    __tablename__ = "reconciliations"
    __table_args__ = (
        CheckConstraint(f"phase IN ({one_of(RunPhase)})", name="phase_known"),
        CheckConstraint("ends_at > starts_at", name="time_in_order"),
        CheckConstraint("(phase = 'done') = (ended_at IS NOT NULL)", name="done_has_time"),
        CheckConstraint("looked_at >= 0 AND differing >= 0", name="counted"),
        Index(
            "uq_reconciliations_one_under_way", text("(true)"), unique=True, postgresql_where=text("phase <> 'done'")
        ),
    )

    id: Mapped[Id]
    starts_at: Mapped[Moment]
    ends_at: Mapped[Moment]
    phase: Mapped[str] = mapped_column(String(9), server_default=text("'expecting'"))
    cursor: Mapped[str | None] = mapped_column(String(500))
    busy_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    held_by: Mapped[UUID | None]
    looked_at: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    differing: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    begun_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ReconciliationLine(Base):
    """What a run knows of one thing: what is expected of it, and what the provider says. Kept until the next run is done.

    `seen`: the provider was asked. `moving`: it changed here meanwhile, so that the next run looks at it. `cash_minor` is what of
    its money is at the provider, `hold_minor` what is authorized there. `given_back_minor` and
    `there_given_back_minor` are what both sides say was given back of a payment, where they say it.
    """

    __tablename__ = "reconciliation_lines"
    __table_args__ = (
        CheckConstraint(f"kind IN ({one_of(LineKind)})", name="kind_known"),
        CheckConstraint("num_nonnulls(owner, amount_minor, currency, states) IN (0, 4)", name="expected_is_whole"),
        CheckConstraint("num_nonnulls(cause_kind, cause_id) IN (0, 2)", name="cause_is_whole"),
        CheckConstraint(
            "num_nonnulls(there_minor, there_currency, there_state, cash_minor, hold_minor) IN (0, 5) "
            "AND (seen OR there_minor IS NULL)",
            name="answer_is_whole",
        ),
        Index("ix_reconciliation_lines_cause", "run_id", "cause_id"),
    )

    run_id: Mapped[UUID] = mapped_column(ForeignKey("reconciliations.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    reference: Mapped[str] = mapped_column(String(200, collation="C"), primary_key=True)
    of: Mapped[str | None] = mapped_column(String(200, collation="C"))
    owner: Mapped[str | None] = mapped_column(String(40))
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    states: Mapped[list[str] | None] = mapped_column(ARRAY(String(20)))
    cause_kind: Mapped[str | None] = mapped_column(String(20))
    cause_id: Mapped[UUID | None]
    seen: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    moving: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    there_minor: Mapped[int | None] = mapped_column(BigInteger)
    there_currency: Mapped[str | None] = mapped_column(String(3))
    there_state: Mapped[str | None] = mapped_column(String(20))
    cash_minor: Mapped[int | None] = mapped_column(BigInteger)
    hold_minor: Mapped[int | None] = mapped_column(BigInteger)
    given_back_minor: Mapped[int | None] = mapped_column(BigInteger)
    there_given_back_minor: Mapped[int | None] = mapped_column(BigInteger)


class ReconciliationDifference(Base):
    """Something that differs: a task for the operator, with what each side says. It is put right by nobody but people.

    `here` and `there` are what the house and the provider say, in one sentence for programs each.
    """

    __tablename__ = "reconciliation_differences"
    __table_args__ = (
        UniqueConstraint("kind", "line_kind", "reference"),
        CheckConstraint(f"kind IN ({one_of(DifferenceKind)})", name="kind_known"),
        CheckConstraint(f"line_kind IN ({one_of(LineKind)})", name="line_kind_known"),
        CheckConstraint(f"state IN ({one_of(DifferenceState)})", name="state_known"),
        CheckConstraint("num_nonnulls(cause_kind, cause_id) IN (0, 2)", name="cause_is_whole"),
        CheckConstraint("(state = 'closed') <= (reason IS NOT NULL)", name="closed_has_reason"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_has_time"),
        CheckConstraint("posting_id IS NULL OR reason IS NOT NULL", name="explained_has_reason"),
        Index("ix_reconciliation_differences_state", "state", "id"),
        Index("ix_reconciliation_differences_reference", "reference"),
        Index("ix_reconciliation_differences_last_run_id", "last_run_id"),
        Index("ix_reconciliation_differences_first_run_id", "first_run_id"),
        Index(
            "ix_reconciliation_differences_posting_id", "posting_id", postgresql_where=text("posting_id IS NOT NULL")
        ),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(20))
    line_kind: Mapped[str] = mapped_column(String(8))
    reference: Mapped[str] = mapped_column(String(200, collation="C"))
    of: Mapped[str | None] = mapped_column(String(200, collation="C"))
    owner: Mapped[str | None] = mapped_column(String(40))
    cause_kind: Mapped[str | None] = mapped_column(String(20))
    cause_id: Mapped[UUID | None]
    here: Mapped[str] = mapped_column(String(200))
    there: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(8), server_default=text("'open'"))
    reason: Mapped[str | None] = mapped_column(String(500))
    posting_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_postings.id"))
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    times_found: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    first_run_id: Mapped[UUID] = mapped_column(ForeignKey("reconciliations.id"))
    last_run_id: Mapped[UUID] = mapped_column(ForeignKey("reconciliations.id"))
    found_at: Mapped[CreatedAt]
    last_found_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
