"""Words of the ledger: what accounts are for, what facts are posted, and what caused them."""

from enum import StrEnum

from app.kit.locales import NP_


class Side(StrEnum):
    """On which side an account grows. In the database a debit is positive and a credit negative."""

    DEBIT = "debit"
    CREDIT = "credit"


class Purpose(StrEnum):
    """What an account is for. There is one for each holder, purpose and currency."""

    CASH_AT_PROVIDER = "cash_at_provider"
    HOLD_AT_PROVIDER = "hold_at_provider"
    BANK = "bank"
    COMMISSION_INCOME = "commission_income"
    PROVIDER_FEES = "provider_fees"
    FX_POSITION = "fx_position"
    FX_GAIN_LOSS = "fx_gain_loss"
    ROUNDING = "rounding"
    TAX = "tax"
    RETAINED = "retained"
    RECEIVABLE = "receivable"
    FINANCING_DUE = "financing_due"
    PAYABLE_TO_SUPPLIER = "payable_to_supplier"
    DEPOSIT_AUTHORIZED = "deposit_authorized"
    DEPOSIT_HELD = "deposit_held"
    ESCROW = "escrow"
    UNASSIGNED = "unassigned"
    BANK_CHARGES = "bank_charges"
    TRADE_PAYABLE = "trade_payable"
    FINANCING_OWED = "financing_owed"


HOUSE = frozenset(
    {
        Purpose.CASH_AT_PROVIDER,
        Purpose.HOLD_AT_PROVIDER,
        Purpose.BANK,
        Purpose.COMMISSION_INCOME,
        Purpose.PROVIDER_FEES,
        Purpose.FX_POSITION,
        Purpose.FX_GAIN_LOSS,
        Purpose.ROUNDING,
        Purpose.TAX,
        Purpose.RETAINED,
        Purpose.UNASSIGNED,
        Purpose.BANK_CHARGES,
    }
)
"""Purposes of the house's own accounts; every other is of an account that the house keeps for an organization."""

GROW_BY_DEBIT = frozenset(
    {
        Purpose.CASH_AT_PROVIDER,
        Purpose.HOLD_AT_PROVIDER,
        Purpose.BANK,
        Purpose.PROVIDER_FEES,
        Purpose.FX_POSITION,
        Purpose.RECEIVABLE,
        Purpose.FINANCING_DUE,
        Purpose.BANK_CHARGES,
    }
)

NEVER_BELOW_ZERO = frozenset({Purpose.DEPOSIT_AUTHORIZED, Purpose.DEPOSIT_HELD, Purpose.ESCROW})
"""Other people's money: nobody can be given back more than is held for him."""


class FactKind(StrEnum):
    """What happened. A fact is told once for each cause, kind and occasion."""

    DEPOSIT_AUTHORIZED = "deposit_authorized"
    AUTHORIZATION_ENDED = "authorization_ended"
    DEPOSIT_TAKEN = "deposit_taken"
    DEPOSIT_USED = "deposit_used"
    DEPOSIT_RETURNED = "deposit_returned"
    INVOICED = "invoiced"
    PAYMENT_RECEIVED = "payment_received"
    MILESTONE_FUNDED = "milestone_funded"
    MILESTONE_RELEASED = "milestone_released"
    COMMISSION = "commission"
    PROVIDER_FEE = "provider_fee"
    PAYOUT = "payout"
    REFUND = "refund"
    CURRENCY_EXCHANGED = "currency_exchanged"
    FINANCED = "financed"
    FINANCING_REPAID = "financing_repaid"
    REVERSAL = "reversal"
    PAYOUT_REVERSED = "payout_reversed"
    COMMISSION_RETURNED = "commission_returned"
    CURRENCY_REVALUED = "currency_revalued"
    BANK_OPENED = "bank_opened"
    BANK_RECEIVED = "bank_received"
    BANK_PAID = "bank_paid"
    BANK_CHARGED = "bank_charged"
    BANK_UNCHARGED = "bank_uncharged"
    SETTLED = "settled"
    DISCOUNTED = "discounted"
    CREDITED = "credited"
    WRITTEN_OFF = "written_off"
    PAID_BACK = "paid_back"
    SETTLEMENT_UNDONE = "settlement_undone"
    CHARGED_BACK = "charged_back"
    CHARGEBACK_WON = "chargeback_won"
    REFUND_SET_ASIDE = "refund_set_aside"
    REFUND_FAILED = "refund_failed"
    FINANCING_RETURNED = "financing_returned"
    FINANCING_RECOURSE = "financing_recourse"
    FINANCING_LOST = "financing_lost"
    PAYOUT_RETURNED = "payout_returned"
    LATE_PAYMENT_CLAIMED = "late_payment_claimed"
    LATE_PAYMENT_PAID = "late_payment_paid"
    LATE_PAYMENT_WITHDRAWN = "late_payment_withdrawn"


class CauseKind(StrEnum):
    """What kind of thing a fact is about; its id is known to the room that posts it."""

    DEPOSIT = "deposit"
    ORDER = "order"
    MILESTONE = "milestone"
    INVOICE = "invoice"
    PAYMENT = "payment"
    PAYOUT = "payout"
    FINANCING = "financing"
    POSTING = "posting"
    REVALUATION = "revaluation"
    BANK_STATEMENT = "bank_statement"
    BANK_ENTRY = "bank_entry"
    BANK_MATCH = "bank_match"
    OPEN_ITEM = "open_item"


class StatementFormat(StrEnum):
    """What a statement is written as."""

    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"


class PeriodState(StrEnum):
    """Whether a month still takes postings."""

    OPEN = "open"
    CLOSED = "closed"


SIDE_LABELS = {Side.DEBIT: NP_("ledger side", "Debit"), Side.CREDIT: NP_("ledger side", "Credit")}

PURPOSE_LABELS = {
    Purpose.CASH_AT_PROVIDER: NP_("ledger account", "Cash at the payment provider"),
    Purpose.HOLD_AT_PROVIDER: NP_("ledger account", "Authorized at the payment provider"),
    Purpose.BANK: NP_("ledger account", "Bank"),
    Purpose.COMMISSION_INCOME: NP_("ledger account", "Commission income"),
    Purpose.PROVIDER_FEES: NP_("ledger account", "Fees of the payment provider"),
    Purpose.FX_POSITION: NP_("ledger account", "Foreign currency position"),
    Purpose.FX_GAIN_LOSS: NP_("ledger account", "Exchange gains and losses"),
    Purpose.ROUNDING: NP_("ledger account", "Rounding differences"),
    Purpose.TAX: NP_("ledger account", "Tax payable"),
    Purpose.RETAINED: NP_("ledger account", "Retained earnings"),
    Purpose.RECEIVABLE: NP_("ledger account", "Receivable"),
    Purpose.FINANCING_DUE: NP_("ledger account", "Financing to be repaid"),
    Purpose.PAYABLE_TO_SUPPLIER: NP_("ledger account", "Payable to the supplier"),
    Purpose.DEPOSIT_AUTHORIZED: NP_("ledger account", "Deposits authorized"),
    Purpose.DEPOSIT_HELD: NP_("ledger account", "Deposits held"),
    Purpose.ESCROW: NP_("ledger account", "Milestone payments held"),
    Purpose.UNASSIGNED: NP_("ledger account", "Bank entries to be assigned"),
    Purpose.BANK_CHARGES: NP_("ledger account", "Bank charges and interest"),
    Purpose.TRADE_PAYABLE: NP_("ledger account", "Trade payable"),
    Purpose.FINANCING_OWED: NP_("ledger account", "Advances owed"),
}

FACT_LABELS = {
    FactKind.DEPOSIT_AUTHORIZED: NP_("ledger posting", "Deposit authorized"),
    FactKind.AUTHORIZATION_ENDED: NP_("ledger posting", "Authorization ended"),
    FactKind.DEPOSIT_TAKEN: NP_("ledger posting", "Deposit taken"),
    FactKind.DEPOSIT_USED: NP_("ledger posting", "Deposit put towards the order"),
    FactKind.DEPOSIT_RETURNED: NP_("ledger posting", "Deposit returned"),
    FactKind.INVOICED: NP_("ledger posting", "Invoice"),
    FactKind.PAYMENT_RECEIVED: NP_("ledger posting", "Payment received"),
    FactKind.MILESTONE_FUNDED: NP_("ledger posting", "Milestone payment held"),
    FactKind.MILESTONE_RELEASED: NP_("ledger posting", "Milestone payment released"),
    FactKind.COMMISSION: NP_("ledger posting", "Commission"),
    FactKind.PROVIDER_FEE: NP_("ledger posting", "Fee of the payment provider"),
    FactKind.PAYOUT: NP_("ledger posting", "Payout"),
    FactKind.REFUND: NP_("ledger posting", "Refund"),
    FactKind.CURRENCY_EXCHANGED: NP_("ledger posting", "Currency exchange"),
    FactKind.FINANCED: NP_("ledger posting", "Financing paid out"),
    FactKind.FINANCING_REPAID: NP_("ledger posting", "Financing repaid"),
    FactKind.REVERSAL: NP_("ledger posting", "Reversal"),
    FactKind.PAYOUT_REVERSED: NP_("ledger posting", "Payout taken back"),
    FactKind.COMMISSION_RETURNED: NP_("ledger posting", "Commission returned"),
    FactKind.CURRENCY_REVALUED: NP_("ledger posting", "Foreign currency revalued"),
    FactKind.BANK_OPENED: NP_("ledger posting", "Opening balance of a bank account"),
    FactKind.BANK_RECEIVED: NP_("ledger posting", "Received at the bank"),
    FactKind.BANK_PAID: NP_("ledger posting", "Paid from the bank"),
    FactKind.BANK_CHARGED: NP_("ledger posting", "Charge or interest of the bank"),
    FactKind.BANK_UNCHARGED: NP_("ledger posting", "Charge of the bank undone"),
    FactKind.SETTLED: NP_("ledger posting", "Invoice paid"),
    FactKind.DISCOUNTED: NP_("ledger posting", "Early-payment discount"),
    FactKind.CREDITED: NP_("ledger posting", "Credit note"),
    FactKind.WRITTEN_OFF: NP_("ledger posting", "Written off"),
    FactKind.PAID_BACK: NP_("ledger posting", "Credit paid back"),
    FactKind.SETTLEMENT_UNDONE: NP_("ledger posting", "Payment undone"),
    FactKind.CHARGED_BACK: NP_("ledger posting", "Taken back by the payer’s bank"),
    FactKind.CHARGEBACK_WON: NP_("ledger posting", "Given back by the payer’s bank"),
    FactKind.REFUND_SET_ASIDE: NP_("ledger posting", "Set aside for a refund"),
    FactKind.REFUND_FAILED: NP_("ledger posting", "Refund failed"),
    FactKind.FINANCING_RETURNED: NP_("ledger posting", "Repayment of financing taken back"),
    FactKind.FINANCING_RECOURSE: NP_("ledger posting", "Financing made good by the supplier"),
    FactKind.FINANCING_LOST: NP_("ledger posting", "Financing lost"),
    FactKind.PAYOUT_RETURNED: NP_("ledger posting", "Payout returned by the supplier’s bank"),
    FactKind.LATE_PAYMENT_CLAIMED: NP_("ledger posting", "Claimed for late payment"),
    FactKind.LATE_PAYMENT_PAID: NP_("ledger posting", "Claim for late payment paid"),
    FactKind.LATE_PAYMENT_WITHDRAWN: NP_("ledger posting", "Claim for late payment withdrawn"),
}

CAUSE_LABELS = {
    CauseKind.DEPOSIT: NP_("ledger cause", "Deposit"),
    CauseKind.ORDER: NP_("ledger cause", "Order"),
    CauseKind.MILESTONE: NP_("ledger cause", "Milestone"),
    CauseKind.INVOICE: NP_("ledger cause", "Invoice"),
    CauseKind.PAYMENT: NP_("ledger cause", "Payment"),
    CauseKind.PAYOUT: NP_("ledger cause", "Payout"),
    CauseKind.FINANCING: NP_("ledger cause", "Financing"),
    CauseKind.POSTING: NP_("ledger cause", "Posting"),
    CauseKind.REVALUATION: NP_("ledger cause", "Revaluation"),
    CauseKind.BANK_STATEMENT: NP_("ledger cause", "Bank statement"),
    CauseKind.BANK_ENTRY: NP_("ledger cause", "Bank entry"),
    CauseKind.BANK_MATCH: NP_("ledger cause", "Assignment of a bank entry"),
    CauseKind.OPEN_ITEM: NP_("ledger cause", "Open item"),
}

PERIOD_STATE_LABELS = {
    PeriodState.OPEN: NP_("ledger period", "Open"),
    PeriodState.CLOSED: NP_("ledger period", "Closed"),
}
