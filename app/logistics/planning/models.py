"""The table of load plans: what is to be loaded, how far the work is, and what came of it.

`owner_id` is the organization that asked. A plan may belong to a shipment of its own; who receives that shipment stands here too,
so that he is let in without a look at it.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Id, one_of
from app.logistics.loading.limits import MAX_BOXES, MAX_SPACES
from app.logistics.planning.limits import MOST_SECONDS, MOST_WAITING
from app.logistics.planning.states import OPEN_STATES, Failure, PlanState

_OPEN = f"state IN ({one_of(OPEN_STATES)})"


class LoadPlan(Base):
    """One task for the search. `place` is which of the owner's places among unfinished plans it has: there are so many."""

    __tablename__ = "load_plans"
    __table_args__ = (
        ForeignKeyConstraint(["shipment_id", "owner_id"], ["shipments.id", "shipments.shipper_id"]),
        Index("uq_load_plans_one_a_place", "owner_id", "place", unique=True, postgresql_where=text(_OPEN)),
        Index("ix_load_plans_owner_id_id", "owner_id", "id"),
        Index("ix_load_plans_shipment_id_id", "shipment_id", "id", postgresql_where=text("shipment_id IS NOT NULL")),
        Index("ix_load_plans_consignee_id_id", "consignee_id", "id", postgresql_where=text("consignee_id IS NOT NULL")),
        Index("ix_load_plans_open", "id", postgresql_where=text(_OPEN)),
        CheckConstraint(f"state IN ({one_of(PlanState)})", name="state_known"),
        CheckConstraint(f"failure IN ({one_of(Failure)})", name="failure_known"),
        CheckConstraint(f"place BETWEEN 1 AND {MOST_WAITING}", name="place_in_range"),
        CheckConstraint(f"seconds BETWEEN 1 AND {MOST_SECONDS}", name="seconds_in_range"),
        CheckConstraint(f"boxes BETWEEN 1 AND {MAX_BOXES} AND spaces BETWEEN 1 AND {MAX_SPACES}", name="task_in_range"),
        CheckConstraint("attempts >= 0", name="attempts_counted"),
        CheckConstraint(f"({_OPEN}) = (ended_at IS NULL)", name="ended_has_time"),
        CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="failure_has_reason"),
        CheckConstraint(
            "(state = 'done') = (plan IS NOT NULL) AND (state = 'done') = (loaded IS NOT NULL) "
            "AND (state = 'done') = (spaces_used IS NOT NULL) AND (state = 'done') = (mass_kg IS NOT NULL) "
            "AND (state = 'done') = (volume_use_pct IS NOT NULL)",
            name="done_has_plan",
        ),
        CheckConstraint("loaded BETWEEN 0 AND boxes AND spaces_used BETWEEN 0 AND spaces", name="no_more_than_asked"),
        CheckConstraint("volume_use_pct BETWEEN 0 AND 100 AND mass_kg >= 0", name="figures_in_range"),
        CheckConstraint("state <> 'done' OR cardinality(violations) = 0", name="done_breaks_no_rule"),
    )

    id: Mapped[Id]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    shipment_id: Mapped[UUID | None]
    # Of the shipment; a trigger writes it.
    consignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str] = mapped_column(String(80), server_default=text("''"))
    seconds: Mapped[int] = mapped_column(SmallInteger)
    place: Mapped[int] = mapped_column(SmallInteger)
    boxes: Mapped[int] = mapped_column(Integer)
    spaces: Mapped[int] = mapped_column(SmallInteger)
    # Large, and not needed by lists: asked for where they are.
    task: Mapped[dict[str, Any]] = mapped_column(JSONB, deferred=True)
    state: Mapped[str] = mapped_column(String(9), server_default=text("'queued'"))
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    plan: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), deferred=True)
    failure: Mapped[str | None] = mapped_column(String(13))
    violations: Mapped[list[str]] = mapped_column(ARRAY(String(300)), server_default=text("'{}'"))
    loaded: Mapped[int | None] = mapped_column(Integer)
    spaces_used: Mapped[int | None] = mapped_column(SmallInteger)
    mass_kg: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    volume_use_pct: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    client_id: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
