"""The one way out: an invoice's files leave together, and only if every rule that is here has been kept by what leaves."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.finance.einvoicing.checking import Problem, check
from app.finance.einvoicing.cii import cii
from app.finance.einvoicing.document import Document
from app.finance.einvoicing.facturx import look_at_page, look_at_pdf, put_into, taken_out
from app.finance.einvoicing.findings import Finding, errors
from app.finance.einvoicing.proving import SECONDS, prove
from app.finance.einvoicing.ubl import ubl


class Refused(Exception):
    """The issuer must change something: nothing was written."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(", ".join(f"{one.rule} at {one.place}" for one in problems))
        self.problems = tuple(problems)


class BrokenRules(Exception):
    """What was written breaks a rule that the check did not foresee: a defect of the house, and nothing leaves."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(", ".join(f"{one.rule} at {one.place}" for one in findings))
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class Issued:
    """An invoice's files, each judged as it is here. `facturx` holds `cii`, byte by byte."""

    cii: bytes
    ubl: bytes
    facturx: bytes
    peppol: bool
    """Whether `ubl` keeps Peppol's rules too; otherwise it is a core invoice, for other ways than Peppol."""
    warnings: tuple[Finding, ...]


async def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Printed:
    """A frozen document with its page for people, and what that is called."""

    document: Document
    pdf: bytes
    title: str


async def issue(
    document: Document,
    pdf: bytes,
    *,
    title: str,
    rules_dir: Path | None = None,
    seconds: float = SECONDS,
    still_wanted: Callable[[], Awaitable[bool]] = _always,
) -> Issued:
    """Both syntaxes of a frozen document, and its PDF/A-3 with the CII in it. No transaction may be open: it takes seconds.

    Raises Refused, BrokenRules, and NotJudged when the rules could not be run.
    """
    work = [Printed(document, pdf, title)]
    [came] = await issue_all(work, rules_dir=rules_dir, seconds=seconds, still_wanted=still_wanted)
    if not isinstance(came, Issued):
        raise came
    return came


async def issue_all(
    work: Sequence[Printed],
    *,
    rules_dir: Path | None = None,
    seconds: float = SECONDS,
    still_wanted: Callable[[], Awaitable[bool]] = _always,
) -> list[Issued | Refused | BrokenRules]:
    """The same of many, judged by one process: most of the time goes into starting it. Raises NotJudged for all of them."""
    written = [await _written(one) for one in work]
    files = [file for one in written if isinstance(one, _Written) for file in one.to_judge]
    judged = await prove(files, rules_dir=rules_dir, seconds=seconds, still_wanted=still_wanted) if files else ()
    findings = iter(judged)
    return [
        one.judged([found for _ in one.to_judge for found in next(findings)]) if isinstance(one, _Written) else one
        for one in written
    ]


@dataclass(frozen=True, slots=True)
class _Written:
    """Files that wait for their judgement, and what was found of them before it."""

    cii: bytes
    ubl: bytes
    facturx: bytes
    inside: bytes | None
    peppol: bool
    found: tuple[Finding, ...]

    @property
    def to_judge(self) -> tuple[bytes, ...]:
        return () if self.inside is None else (self.inside, self.ubl)

    def judged(self, more: Sequence[Finding]) -> Issued | BrokenRules:
        found = (*self.found, *more)
        if self.inside != self.cii or errors(found):
            return BrokenRules(errors(found))
        return Issued(self.cii, self.ubl, self.facturx, self.peppol, found)


async def _written(one: Printed) -> _Written | Refused | BrokenRules:
    document = one.document
    problems = check(document)
    if any(not problem.only_peppol for problem in problems):
        return Refused(problems)
    peppol = not problems
    as_cii, as_ubl = cii(document), ubl(document, peppol=peppol)
    unfit = await asyncio.to_thread(look_at_page, one.pdf)
    if unfit:
        return BrokenRules(unfit)
    whole = await asyncio.to_thread(put_into, one.pdf, as_cii, document, title=one.title)
    inside = await asyncio.to_thread(taken_out, whole)
    found = await asyncio.to_thread(look_at_pdf, whole)
    return _Written(as_cii, as_ubl, whole, inside, peppol, tuple(found))
