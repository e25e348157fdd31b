"""What pages call: late payment of open items, reckoned and claimed."""

from app.finance.dunning.portal import VERBS, LateShown, act_on_late_payment, late_payment_of

__all__ = ["VERBS", "LateShown", "act_on_late_payment", "late_payment_of"]
