"""All that other rooms may call of this one: its parts' facades. Calls run in the caller's transaction and under its tenant."""

from app.finance.bank.facade import (
    Awaited,
    Received,
    creditor_reference,
    house_accounts,
    import_statements,
    matches_reference,
)
from app.finance.bank.facade import (
    Imported as ImportedStatement,
)
from app.finance.bank.facade import (
    read_file as read_statements,
)
from app.finance.commission.facade import (
    Terms as CommissionTerms,
)
from app.finance.commission.facade import (
    agree as agree_commission,
)
from app.finance.commission.facade import (
    agreed as agreed_commission,
)
from app.finance.credit import facade as credit_lines
from app.finance.credit.facade import (
    REFUSALS as CREDIT_REFUSALS,
)
from app.finance.credit.facade import (
    CreditExceeded,
    CreditLineRef,
    CreditSuspended,
    NoCreditLine,
)
from app.finance.credit.facade import (
    give_back as give_credit_back,
)
from app.finance.credit.facade import (
    line as credit_line,
)
from app.finance.credit.facade import (
    take as take_credit,
)
from app.finance.disputes import facade as disputes
from app.finance.dunning import facade as dunning
from app.finance.figures import facade as figures
from app.finance.financing import facade as financing
from app.finance.fx.facade import (
    LockedRate,
)
from app.finance.fx.facade import (
    lock as lock_rate,
)
from app.finance.fx.facade import (
    locked as locked_rate,
)
from app.finance.invoicing.facade import (
    EXPORT_REASON_LABELS,
    INVOICE_KIND_LABELS,
    REFUSALS,
    AlreadyInvoiced,
    Charged,
    DiscountStep,
    DraftDelivery,
    DraftLine,
    DraftPart,
    ExportReason,
    FiledInvoice,
    InvoiceDraft,
    InvoiceForm,
    InvoiceKind,
    InvoiceRole,
    InvoiceTooLarge,
    InvoiceUnsound,
    InvoicingDetailsMissing,
    IssuedInvoice,
    NothingToInvoice,
    PartUnknown,
    Supply,
    TaxUndecided,
    charged_by,
    document_of,
    falling,
    file_of,
    filed,
    invoice,
    issue,
    issue_all,
    issue_credit_note,
    issue_part,
    over_part,
    own_invoice,
    own_invoices,
    page_of,
)
from app.finance.ledger.facade import (
    AccountOf,
    BelowFloor,
    CauseKind,
    DayAhead,
    FactKind,
    Leg,
    PeriodClosed,
    Posting,
    Purpose,
    StatementLine,
    balance,
    balances_of_cause,
    credit,
    debit,
    exchanged,
    first_open_day,
    post,
    shared,
    statement,
    totals_of_causes,
)
from app.finance.methods import facade as methods
from app.finance.methods.facade import (
    SavedKind,
    SavedMethod,
    charge_method,
)
from app.finance.methods.facade import (
    find as find_method,
)
from app.finance.payouts import facade as payouts
from app.finance.payouts.facade import (
    TakenBack,
    owe,
    take_back,
)
from app.finance.provider.facade import (
    follows_accounts,
    follows_disputes,
    follows_payments,
    named_in,
)
from app.finance.receivables import facade as receivables
from app.finance.receivables.facade import (
    OpenItemRef,
    Settled,
    hold_for_dispute,
    open_item,
    release_from_dispute,
    settle,
    unsettle,
)
from app.finance.reconciliation.facade import (
    GRACE as RECONCILIATION_GRACE,
)
from app.finance.reconciliation.facade import (
    DifferenceOut,
    ExpectedLine,
    LineKind,
    ReconciliationOut,
    RunUnderWay,
    Scope,
    reconciles,
)
from app.finance.reconciliation.facade import (
    outcome as reconciliation_outcome,
)
from app.finance.reconciliation.facade import (
    reconcile as reconcile_payments,
)
from app.finance.reconciliation.facade import (
    usual as usual_reconciliation,
)
from app.finance.schedules import facade as schedules
from app.finance.schedules.facade import (
    Evidence,
    MilestoneAcceptedAlready,
    MilestoneFrozen,
    PaymentTerms,
    ScheduleDraft,
    SchedulePart,
    open_schedule,
)
from app.finance.schedules.facade import (
    accepted as milestone_accepted,
)
from app.finance.schedules.facade import (
    evidenced as milestone_evidenced,
)
from app.finance.schedules.facade import (
    returned as milestone_returned,
)

__all__ = [
    "CREDIT_REFUSALS",
    "EXPORT_REASON_LABELS",
    "INVOICE_KIND_LABELS",
    "RECONCILIATION_GRACE",
    "REFUSALS",
    "AccountOf",
    "AlreadyInvoiced",
    "Awaited",
    "BelowFloor",
    "CauseKind",
    "Charged",
    "CommissionTerms",
    "CreditExceeded",
    "CreditLineRef",
    "CreditSuspended",
    "DayAhead",
    "DifferenceOut",
    "DiscountStep",
    "DraftDelivery",
    "DraftLine",
    "DraftPart",
    "Evidence",
    "ExpectedLine",
    "ExportReason",
    "FactKind",
    "FiledInvoice",
    "ImportedStatement",
    "InvoiceDraft",
    "InvoiceForm",
    "InvoiceKind",
    "InvoiceRole",
    "InvoiceTooLarge",
    "InvoiceUnsound",
    "InvoicingDetailsMissing",
    "IssuedInvoice",
    "Leg",
    "LineKind",
    "LockedRate",
    "MilestoneAcceptedAlready",
    "MilestoneFrozen",
    "NoCreditLine",
    "NothingToInvoice",
    "OpenItemRef",
    "PartUnknown",
    "PaymentTerms",
    "PeriodClosed",
    "Posting",
    "Purpose",
    "Received",
    "ReconciliationOut",
    "RunUnderWay",
    "SavedKind",
    "SavedMethod",
    "ScheduleDraft",
    "SchedulePart",
    "Scope",
    "Settled",
    "StatementLine",
    "Supply",
    "TakenBack",
    "TaxUndecided",
    "agree_commission",
    "agreed_commission",
    "balance",
    "balances_of_cause",
    "charge_method",
    "charged_by",
    "credit",
    "credit_line",
    "credit_lines",
    "creditor_reference",
    "debit",
    "disputes",
    "document_of",
    "dunning",
    "exchanged",
    "falling",
    "figures",
    "file_of",
    "filed",
    "financing",
    "find_method",
    "first_open_day",
    "follows_accounts",
    "follows_disputes",
    "follows_payments",
    "give_credit_back",
    "hold_for_dispute",
    "house_accounts",
    "import_statements",
    "invoice",
    "issue",
    "issue_all",
    "issue_credit_note",
    "issue_part",
    "lock_rate",
    "locked_rate",
    "matches_reference",
    "methods",
    "milestone_accepted",
    "milestone_evidenced",
    "milestone_returned",
    "named_in",
    "open_item",
    "open_schedule",
    "over_part",
    "owe",
    "own_invoice",
    "own_invoices",
    "page_of",
    "payouts",
    "post",
    "read_statements",
    "receivables",
    "reconcile_payments",
    "reconciles",
    "reconciliation_outcome",
    "release_from_dispute",
    "schedules",
    "settle",
    "shared",
    "statement",
    "take_back",
    "take_credit",
    "totals_of_causes",
    "unsettle",
    "usual_reconciliation",
]
