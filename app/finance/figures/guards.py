"""Who reads figures: one's own organization's by permission, everybody's as the operator."""

from typing import Annotated

from fastapi import Depends

from app.kit.actor import Actor, Permission, permitted

ItemsReader = Annotated[Actor, Depends(permitted(Permission.READ))]
AccountsReader = Annotated[Actor, Depends(permitted(Permission.LEDGER_READ))]
"""A forecast tells of payouts, commission and debts."""
Operator = Annotated[Actor, Depends(permitted(Permission.OPERATE))]
