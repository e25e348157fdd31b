"""All that other rooms may call: what a supplier is owed, and what of it is owed no more. Calls run in the caller's transaction.

What is owed is posted to `payable_to_supplier` by whoever owes it, in the same transaction; what is sent and what comes back is
posted here. Post first, then call: balances are locked before what is owed, here as well.
"""

from app.finance.payouts.usecases.owe import TakenBack, owe, take_back

__all__ = ["TakenBack", "owe", "take_back"]
