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
    problems = check(document)
    if any(not problem.only_peppol for problem in problems):
        raise Refused(problems)
    peppol = not problems
    as_cii, as_ubl = cii(document), ubl(document, peppol=peppol)
    unfit = await asyncio.to_thread(look_at_page, pdf)
    if unfit:
        raise BrokenRules(unfit)
    whole = await asyncio.to_thread(put_into, pdf, as_cii, document, title=title)
    inside = await asyncio.to_thread(taken_out, whole)
    found = list(await asyncio.to_thread(look_at_pdf, whole))
    if inside is not None:
        for of_file in await prove((inside, as_ubl), rules_dir=rules_dir, seconds=seconds, still_wanted=still_wanted):
            found.extend(of_file)
    if inside != as_cii or errors(found):
        raise BrokenRules(errors(found))
    return Issued(as_cii, as_ubl, whole, peppol, tuple(found))
