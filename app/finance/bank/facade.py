"""All that other parts and rooms may call: references for those who are to pay by bank, and who awaits money under which."""

from app.finance.bank.errors import MatchIsFinal
from app.finance.bank.references import creditor_reference, written
from app.finance.bank.registry import Received, matches_reference
from app.finance.bank.rules import Awaited
from app.finance.bank.statement import Statement
from app.finance.bank.usecases.import_statements import Imported, import_statements
from app.finance.bank.usecases.read_file import read_file

__all__ = [
    "Awaited",
    "Imported",
    "MatchIsFinal",
    "Received",
    "Statement",
    "creditor_reference",
    "import_statements",
    "matches_reference",
    "read_file",
    "written",
]
