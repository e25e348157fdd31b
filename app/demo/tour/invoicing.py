"""Each steel house invoices all shops with one call; each shop reads and prints its invoice in its own language."""

import io
from dataclasses import dataclass

import pypdf

from app.demo.tour.narrator import LANGUAGES
from app.demo.tour.pooled import Pool, members, offers, own, people, together
from app.demo.tour.stage import Stage
from app.demo.tour.visitors import Answer, Visitor


@dataclass(frozen=True, slots=True)
class Received:
    """An invoice as its recipient reads it, and the language and text of its pages."""

    invoice: Answer
    language: str
    text: str


def invoice(stage: Stage, pool: Pool) -> None:
    """From two calls to an invoice for each shop and supplier that deal with each other."""
    tell = stage.narrator
    tell.step("Each steel house invoices all its shops with one call, each in its own language")
    frameworks, issued = [], 0
    for one in offers():
        supplier = stage.visitor(one["email"])
        (framework,) = supplier.get("/v1/framework-orders", params={"of_campaign": pool.id}).json()["items"]
        answer = supplier.post(f"/v1/framework-orders/{framework['id']}/invoices", {})
        stage.must(f"{supplier.role.firm_latin}: invoiced", answer.status_code == 201, answer.text)
        told = answer.json()
        frameworks.append(framework["id"])
        issued += len(told["invoices"])
        numbers = sorted(one["number"] for one in told["invoices"])
        tell.acts(supplier.role, f"issues {numbers[0]} to {numbers[-1]}, one after the other, without a gap")
    shops = people(stage)[: len(members())]
    found = together(lambda visitor: _received(visitor, frameworks), shops)
    foreign, wrong = [], []
    for visitor, papers in zip(shops, found, strict=True):
        for paper in papers:
            _show(stage, visitor, paper)
        foreign += [visitor.role.firm for paper in papers if not _is_in(paper, visitor.role.locale)]
        owed = own(stage, pool, visitor.role.email)["allotment"]["payment"]["minor"]
        if sum(paper.invoice["net"]["minor"] for paper in papers) != owed or not all(map(_adds_up, papers)):
            wrong.append(visitor.role.firm)
    languages = {paper.language for papers in found for paper in papers}
    count = sum(len(papers) for papers in found)
    tell.check(
        f"{count} invoices, in {len(languages)} languages, each its recipient's", not foreign, "; ".join(foreign)
    )
    tell.check("nobody else's, and none is missing", count == issued and len(languages) == 6, f"{count} of {issued}")
    tell.check("net is what the clearing said, to the cent; deposits are deducted", not wrong, "; ".join(wrong))


def _received(visitor: Visitor, frameworks: list[str]) -> list[Received]:
    found = []
    for framework in frameworks:
        for one in visitor.get("/v1/invoices", params={"of_subject": framework}).json()["items"]:
            whole = visitor.get(f"/v1/invoices/{one['id']}").json()
            reader = pypdf.PdfReader(io.BytesIO(visitor.get(whole["pdf"]).content))
            root: Answer = reader.trailer["/Root"]  # type: ignore[assignment]
            text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
            found.append(Received(whole, str(root.get("/Lang", "")), text))
    return found


def _is_in(paper: Received, locale: str) -> bool:
    same_language = paper.language.partition("-")[0] == locale.partition("-")[0]
    return paper.invoice["locale"] == locale and same_language and paper.invoice["number"] in paper.text


def _adds_up(paper: Received) -> bool:
    told = paper.invoice
    gross = told["net"]["minor"] + told["tax"]["minor"]
    return bool(told["gross"]["minor"] == gross and told["payable"]["minor"] == gross - told["prepaid"]["minor"])


def _show(stage: Stage, visitor: Visitor, paper: Received) -> None:
    told = paper.invoice
    taxes = "; ".join(one["reason"] or one["category"]["label"] for one in told["taxes"])
    amounts = f"{told['gross']['text']} − {told['prepaid']['text']} = {told['payable']['text']}"
    stage.narrator.says(
        f"{visitor.role.firm}: {told['kind']['label']} {told['number']} · {amounts} · {taxes}",
        LANGUAGES[visitor.role.locale],
    )
