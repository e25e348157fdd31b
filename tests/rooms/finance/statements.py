"""Builders of bank statements as banks write them (camt.053), and of a part of the house that awaits money."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance import facade as finance
from app.finance.bank import registry
from app.finance.bank.facade import Awaited, Received, creditor_reference, matches_reference
from app.finance.facade import AccountOf, CauseKind, FactKind, Posting, Purpose, credit, debit
from app.kit.errors import Conflict
from app.kit.ids import new_id

IBAN = "DE89370400440532013000"


def amount(text: str, currency: str = "EUR", tag: str = "Amt") -> str:
    """An amount; negative ones are told by their direction."""
    return f'<{tag} Ccy="{currency}">{text.lstrip("-")}</{tag}>'


def direction(text: str) -> str:
    """Which way."""
    return f"<CdtDbtInd>{'DBIT' if text.startswith('-') else 'CRDT'}</CdtDbtInd>"


def balance(kind: str, text: str, day: str, currency: str = "EUR") -> str:
    """A balance of a statement."""
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>{amount(text, currency)}{direction(text)}"
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def details(*, refs: str = "", amounts: str = "", remittance: str = "", party: str = "", charges: str = "") -> str:
    """A transaction of an entry, its parts in the order of the standard."""
    refs = f"<Refs>{refs}</Refs>" if refs else ""
    remittance = f"<RmtInf>{remittance}</RmtInf>" if remittance else ""
    return f"<TxDtls>{refs}{amounts}{charges}{party}{remittance}</TxDtls>"


def structured(reference: str) -> str:
    """A reference in its own field."""
    told = f"<Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>{reference}</Ref>"
    return f"<Strd><CdtrRefInf>{told}</CdtrRefInf></Strd>"


def written(*lines: str) -> str:
    """What the payer wrote."""
    return "".join(f"<Ustrd>{line}</Ustrd>" for line in lines)


def entry(
    text: str,
    *parts: str,
    day: str = "2026-11-24",
    currency: str = "EUR",
    reversal: bool = False,
    status: str = "BOOK",
    reference: str = "",
    code: str = "RCDT/ESCT",
    charges: str = "",
    version: str = "02",
) -> str:
    """An entry: older versions write its state otherwise."""
    state = f"<Sts>{status}</Sts>" if version < "07" else f"<Sts><Cd>{status}</Cd></Sts>"
    family, sub = code.split("/")
    codes = f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{sub}</SubFmlyCd></Fmly></Domn></BkTxCd>"
    inside = f"<NtryDtls>{''.join(parts)}</NtryDtls>" if parts else ""
    return (
        f"<Ntry>{amount(text, currency)}{direction(text)}{'<RvslInd>true</RvslInd>' if reversal else ''}{state}"
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"{f'<AcctSvcrRef>{reference}</AcctSvcrRef>' if reference else ''}{codes}{charges}{inside}</Ntry>"
    )


def statement(
    opening: str,
    closing: str,
    *entries: str,
    name: str = "2026-1",
    iban: str = IBAN,
    currency: str = "EUR",
    days: tuple[str, str] = ("2026-11-24", "2026-11-24"),
    sequence: int = 1,
) -> str:
    """A statement."""
    return (
        f"<Stmt><Id>{name}</Id><ElctrncSeqNb>{sequence}</ElctrncSeqNb><LglSeqNb>{sequence}</LglSeqNb>"
        f"<CreDtTm>{days[1]}T20:00:00</CreDtTm><Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>{currency}</Ccy></Acct>"
        f"{balance('OPBD', opening, days[0], currency)}{balance('CLBD', closing, days[1], currency)}"
        f"{''.join(entries)}</Stmt>"
    )


def document(*statements: str, version: str = "02") -> bytes:
    """A file."""
    namespace = f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"
    head = "<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-24T20:00:00</CreDtTm></GrpHdr>"
    body = f'<Document xmlns="{namespace}"><BkToCstmrStmt>{head}{"".join(statements)}</BkToCstmrStmt></Document>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode()


@dataclass
class Till:
    """A part of the house that awaits money: what is paid it keeps for whoever paid, as escrow."""

    holder_id: UUID
    asked: dict[str, Awaited] = field(default_factory=dict)
    received: dict[UUID, Received] = field(default_factory=dict)
    refuses: bool = False

    def awaits(self, minor: int, currency: str = "EUR", **more: Any) -> str:
        """The reference under which so much is awaited."""
        thing = new_id()
        reference = creditor_reference("TS", thing)
        self.asked[reference] = Awaited(reference, ("test", thing), minor, currency, **more)
        return reference

    async def find(self, session: AsyncSession, references: Sequence[str], /) -> Sequence[Awaited]:
        """Those that were asked for."""
        return [self.asked[one] for one in references if one in self.asked]

    async def settle(self, session: AsyncSession, received: Received, /, *, now: datetime) -> None:
        """Post it, and await so much less."""
        if self.refuses:
            raise Conflict()
        await finance.post(session, self._fact(received, FactKind.MILESTONE_FUNDED, 1))
        self._paid(received, -received.amount_minor)
        self.received[received.match_id] = received

    async def undo(self, session: AsyncSession, received: Received, /, *, now: datetime) -> None:
        """The opposite."""
        await finance.post(session, self._fact(received, FactKind.REFUND, -1))
        self._paid(received, received.amount_minor)
        del self.received[received.match_id]

    def _paid(self, received: Received, change: int) -> None:
        before = self.asked[received.reference]
        self.asked[received.reference] = replace(before, amount_minor=before.amount_minor + change)

    def _fact(self, received: Received, kind: FactKind, sign: int) -> Posting:
        held = AccountOf(self.holder_id, Purpose.ESCROW, received.currency)
        legs = (
            debit(received.account, sign * received.amount_minor),
            credit(held, sign * received.amount_minor),
        )
        return Posting(kind, (CauseKind.PAYMENT, received.match_id), received.day, legs)


@contextmanager
def till_of(holder_id: UUID, *, name: str = "test.till", final: bool = False) -> Iterator[Till]:
    """A till that is registered as long as the block lasts."""
    made = Till(holder_id)
    matches_reference(name, find=made.find, settle=made.settle, undo=None if final else made.undo)
    try:
        yield made
    finally:
        del registry.OWNERS[name]


def on(day: date) -> tuple[str, str]:
    """A statement of one day."""
    return day.isoformat(), day.isoformat()
