"""Who may read and change terms of commission."""

from typing import Annotated

from fastapi import Depends

from app.kit.actor import Actor, Permission, permitted

Bookkeeper = Annotated[Actor, Depends(permitted(Permission.LEDGER_READ))]
Operator = Annotated[Actor, Depends(permitted(Permission.OPERATE))]
