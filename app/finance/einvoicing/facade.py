"""What the command line calls of this part: examples, files, and what the rules find in them. Nothing here needs a database."""

from app.finance.einvoicing.checking import keeps_peppol
from app.finance.einvoicing.cii import cii
from app.finance.einvoicing.corpus import SEED, Entry, corpus
from app.finance.einvoicing.editions import editions
from app.finance.einvoicing.facturx import look_at_pdf, taken_out
from app.finance.einvoicing.findings import Finding, errors
from app.finance.einvoicing.rule_folder import RulesFolderIncomplete
from app.finance.einvoicing.sentences import sentence
from app.finance.einvoicing.totals import totals
from app.finance.einvoicing.ubl import ubl
from app.finance.einvoicing.validating import validate

__all__ = [
    "SEED",
    "Entry",
    "Finding",
    "RulesFolderIncomplete",
    "cii",
    "corpus",
    "editions",
    "errors",
    "keeps_peppol",
    "look_at_pdf",
    "sentence",
    "taken_out",
    "totals",
    "ubl",
    "validate",
]
