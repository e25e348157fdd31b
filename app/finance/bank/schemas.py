"""What of the bank goes in and out."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.finance.bank.states import Disposal
from app.finance.ledger.facade import LedgerAmount
from app.kit.schemas import Input, Labelled, Output

Reason = Annotated[str, StringConstraints(min_length=3, max_length=500)]


class BankStatementOut(Output):
    """A statement of one of the house's accounts."""

    id: UUID
    account: str = Field(description="IBAN, or the account's number where there is none.")
    currency: str
    identification: str = Field(description="As the bank calls it.")
    electronic_number: int | None
    legal_number: int | None
    position: int = Field(description="Counts the statements of the account that are here.")
    opening: LedgerAmount
    opening_on: date
    closing: LedgerAmount
    closing_on: date
    entries: int
    imported_at: datetime


class BankImportedOut(Output):
    """A statement of the file."""

    is_new: bool = Field(description="False when it was here already: then nothing was done.")
    statement: BankStatementOut


class BankImportOut(Output):
    """What came of a file."""

    statements: list[BankImportedOut]


class HouseBankAccountOut(Output):
    """Where payers' banks may send money to the house."""

    currency: str
    holder: str
    account: str = Field(description="An IBAN, or the account's number where its bank has none.")
    bic: str | None


class HouseBankAccountsOut(Output):
    """All of them; none where the operator takes no transfers by bank."""

    items: list[HouseBankAccountOut]


class BankMatchOut(Output):
    """What an entry, or a part of it, is for."""

    id: UUID
    kind: Labelled
    source: Labelled
    amount: LedgerAmount
    reference: str | None
    subject_kind: str | None
    subject_id: UUID | None
    offset_id: UUID | None = Field(description="The entry that it is set off against.")
    reason: str | None
    matched_at: datetime
    undone_at: datetime | None
    undone_because: str | None


class BankEntryOut(Output):
    """A movement of an account: positive for what came in."""

    id: UUID
    statement_id: UUID
    account: str
    place: str = Field(description="Number of the entry in its statement, and of the transaction in it.")
    state: Labelled
    finding: Labelled | None = Field(description="Why it is to be assigned by a person.")
    refusal: str | None = Field(description="Code of what a part of the house refused.")
    amount: LedgerAmount = Field(description="What was sent; charges that the bank kept are part of it.")
    booked: LedgerAmount = Field(description="What the account moved by.")
    left: LedgerAmount = Field(description="What of it is not assigned.")
    instructed: LedgerAmount | None = Field(description="What the payer ordered, where that is in another currency.")
    booked_on: date
    value_on: date | None
    reversal: bool
    references: list[str] = Field(description="References that it names, those in fields of their own first.")
    remittance: str | None = Field(description="As the payer and the bank wrote it.")
    party_name: str | None
    party_account: str | None
    matches: list[BankMatchOut]


class BankCandidateOut(Output):
    """What an entry may be."""

    reference: str = Field(description="Assign the entry by it.")
    subject_kind: str
    subject_id: UUID
    awaited: LedgerAmount = Field(description="What is awaited, or is to be sent; nothing when all is paid.")
    named: bool = Field(description="Whether the entry names it; else only its amount fits.")


class BankCandidatesOut(Output):
    """What an entry may be, what it names first."""

    candidates: list[BankCandidateOut]


class BankMatchIn(Input):
    """Which awaited payment it is."""

    reference: Annotated[str, StringConstraints(min_length=3, max_length=70)]
    amount_minor: int | None = Field(
        default=None, ge=1, le=10**15, description="So much of it; absent for as much as fits."
    )


class BankOffsetIn(Input):
    """The entry that makes up for it."""

    bank_entry_id: UUID
    reason: Reason


class BankDisposalIn(Input):
    """What it is, when nobody awaits it."""

    disposal: Disposal
    reason: Reason


class BankUndoIn(Input):
    """Why it was wrong."""

    reason: Reason
