"""Proof: every invoice of the corpus keeps every rule, in both syntaxes; and whatever is broken on purpose is found, by name.

Writes the corpus twice and compares; judges each file by all rules; then breaks documents and files, one thing each, and looks
whether the rule that says so is among the findings. `--rules-dir` asks a folder of further rule sets too.
"""

import argparse
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from lxml import etree

from app.finance.einvoicing.checking import check
from app.finance.einvoicing.cii import cii
from app.finance.einvoicing.corpus import Entry, corpus
from app.finance.einvoicing.editions import editions
from app.finance.einvoicing.findings import Finding, errors
from app.finance.einvoicing.ubl import ubl
from app.finance.einvoicing.validating import validate, validate_cii, validate_ubl
from tests.proofs.einvoice_breaking import CII, DOCUMENTS, UBL, Broken
from tests.proofs.record import record


def judged(entries: tuple[Entry, ...], rules_dir: Path | None = None) -> dict[str, Any]:
    """Every document as it is: what is found in it, and how long that took."""
    wrong: dict[str, list[str]] = {}
    warnings: Counter[str] = Counter()
    took: dict[str, list[float]] = {"cii": [], "ubl": []}
    for entry in entries:
        problems = [f"{one.rule} {one.place}" for one in check(entry.document)]
        for syntax, write, judge in (("cii", cii, validate_cii), ("ubl", ubl, validate_ubl)):
            began = time.perf_counter()
            found = judge(write(entry.document), rules_dir=rules_dir)
            took[syntax].append(time.perf_counter() - began)
            problems += [f"{syntax} {one.layer} {one.rule} {one.place}" for one in errors(found)]
            warnings.update(f"{syntax} {one.rule}" for one in found if one not in errors(found))
        if problems:
            wrong[entry.name] = problems
    return {
        "invoices": len(entries),
        "files": 2 * len(entries),
        "wrong": wrong,
        "warnings": dict(sorted(warnings.items())),
        "seconds": {
            syntax: {"first": round(times[0], 2), "median_of_the_rest": round(statistics.median(times[1:] or times), 3)}
            for syntax, times in took.items()
        },
    }


def seeded(entries: tuple[Entry, ...], broken: tuple[Broken, ...], *, cii_: bool) -> list[dict[str, Any]]:
    """Each broken file: the rules that found it, and whether one of those that must is among them."""
    by_name = {entry.name: entry.document for entry in entries}
    told = []
    for each in broken:
        document = by_name[each.base]
        root = etree.fromstring(cii(document) if cii_ else ubl(document))
        each.change(root)
        found = validate(etree.tostring(root))
        told.append(_told(each.tells, each.rules.split(), errors(found)))
    return told


def hostile(entries: tuple[Entry, ...]) -> list[dict[str, Any]]:
    """Files that attack the reader or are none at all."""
    sound = ubl(entries[0].document)
    entity = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + sound.split(b"?>", 1)[1]
    files = {
        ("a document type declaration", "PL-11"): entity.replace(b"<cbc:ID>", b"<cbc:ID>&b;", 1),
        ("half a file", "PL-10"): sound[: len(sound) // 2],
        ("no file at all", "PL-10"): b"",
        ("another document", "PL-12"): b"<order/>",
    }
    return [_told(tells, [rule], errors(validate(file))) for (tells, rule), file in files.items()]


def _told(tells: str, rules: list[str], found: tuple[Finding, ...]) -> dict[str, Any]:
    by = sorted({f"{one.layer}: {one.rule}" for one in found})
    return {"broken": tells, "found_by": by, "caught": any(one.rule in rules for one in found)}


def documents(entries: tuple[Entry, ...]) -> list[dict[str, Any]]:
    """Each broken document: what its issuer is told."""
    by_name = {entry.name: entry.document for entry in entries}
    told = []
    for each in DOCUMENTS:
        problems = check(each.change(by_name[each.base]))
        caught = any((one.rule, one.place) == (each.rule, each.place) for one in problems)
        told.append(
            {"broken": each.tells, "found_by": [f"{one.rule} {one.place}" for one in problems], "caught": caught}
        )
    return told


def prove(rules_dir: Path | None) -> tuple[dict[str, Any], bool]:
    """The whole corpus, then everything that can be broken."""
    entries, again = corpus(), corpus()
    same = all(cii(one.document) == cii(two.document) for one, two in zip(entries, again, strict=True))
    sound = judged(entries, rules_dir)
    broken = {
        "documents": documents(entries),
        "ubl": seeded(entries, UBL, cii_=False),
        "cii": seeded(entries, CII, cii_=True),
        "hostile": hostile(entries),
    }
    missed = [f"{kind}: {one['broken']}" for kind, told in broken.items() for one in told if not one["caught"]]
    figures = {
        "rules": editions(rules_dir),
        "corpus": sound
        | {
            "countries_of_sellers": sorted({one.document.seller.address.country for one in entries}),
            "currencies": sorted({one.document.currency for one in entries}),
            "kinds": dict(sorted(Counter(str(one.document.kind) for one in entries).items())),
            "same_files_twice": same,
        },
        "broken_on_purpose": {kind: len(told) for kind, told in broken.items()},
        "missed": missed,
        "found_by": broken,
    }
    return figures, same and not sound["wrong"] and not missed and len(entries) >= 60


def main() -> int:
    """Needs no database."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules-dir", type=Path, default=None, help="a folder of further rule sets")
    figures, holds = prove(parser.parse_args().rules_dir)
    return record("einvoices", figures, holds=holds)


if __name__ == "__main__":
    sys.exit(main())
