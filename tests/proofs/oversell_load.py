"""One process that reserves as fast as it can: through the use case, or with the same statements through psycopg alone.

    python -m tests.proofs.oversell_load use-case|bare FILE SECONDS CONNECTIONS

`FILE` has, as JSON, a buyer's organization and person, something that is not read here, and the items to reserve in turn. Prints
reservations a second.
"""

import asyncio
import itertools
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from app.kit.actor import Actor, Permission
from app.kit.db.engine import Database, Role, role_url
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.settings import get_settings
from app.warehousing.usecases.reserve_stock import Wanted, reserve_stock

WARM_UP_S = 1.0
TENANT = (
    "SELECT set_config('app.organization_id', %s, true), set_config('app.person_id', %s, true), "
    "set_config('app.operator', %s, true)"
)
RESERVE = "SELECT * FROM stock_reserve(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::float8, %s::float8, %s::uuid[])"

Once = Callable[[UUID], Awaitable[None]]


async def repeated(once: Once, items: list[UUID], seconds: float, tasks: int) -> float:
    """How often a second, by so many tasks at once."""
    random.shuffle(items)
    turn = itertools.cycle(items)
    done = 0

    async def work(until: float) -> None:
        nonlocal done
        while time.perf_counter() < until:
            await once(next(turn))
            done += 1

    for length in (WARM_UP_S, seconds):
        done, began = 0, time.perf_counter()
        await asyncio.gather(*(work(began + length) for _ in range(tasks)))
        took = time.perf_counter() - began
    return done / took


async def use_case(organization: UUID, person: UUID, items: list[UUID], seconds: float, connections: int) -> float:
    """Through the use case, as another room calls it in its transaction."""
    database = Database(get_settings().model_copy(update={"pool_size": connections}))
    actor = Actor(organization, frozenset({Permission.ORDER}), frozenset({"buyer"}), person_id=person)

    async def once(item_id: UUID) -> None:
        async with database.transaction() as session:
            await act_for(session, organization, person_id=person)
            await reserve_stock(session, actor, Wanted(("order", new_id()), [(item_id, Decimal(1))]))

    try:
        return await repeated(once, items, seconds, connections)
    finally:
        await database.close()


async def bare(organization: UUID, person: UUID, items: list[UUID], seconds: float, connections: int) -> float:
    """The same statements, one after the other, through psycopg."""
    url = role_url(get_settings(), Role.APP).set(drivername="postgresql").render_as_string(hide_password=False)
    async with AsyncConnectionPool(url, min_size=connections, max_size=connections) as pool:
        await pool.wait()

        async def once(item_id: UUID) -> None:
            async with pool.connection() as connection, connection.transaction():
                await connection.execute(TENANT, (str(organization), str(person), ""))
                cursor = await connection.execute(
                    RESERVE,
                    (new_id(), "order", new_id(), None, person, None, [item_id], [Decimal(1)], "priority", False, False,
                     None, None, None),
                )  # fmt: skip
                await cursor.fetchall()

        return await repeated(once, items, seconds, connections)


def main() -> None:
    """Read the arguments."""
    kind, file, seconds, connections = sys.argv[1:]
    organization, person, _, *items = json.loads(Path(file).read_text(encoding="utf-8"))
    run = use_case if kind == "use-case" else bare
    ids = [UUID(one) for one in items]
    told = asyncio.run(run(UUID(organization), UUID(person), ids, float(seconds), int(connections)))
    sys.stdout.write(f"{told}\n")


if __name__ == "__main__":
    main()
