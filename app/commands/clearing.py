"""`partingline solve clearing`: who is served by whom at what price, from a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.solving import read_file, write_text

if TYPE_CHECKING:
    from app.clearing.facade import ClearingOut


def clearing(
    file: Annotated[Path | None, typer.Argument(help="The file with items, offers and members' bids.")] = None,
    gap: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=0.1,
            help="The share by which lots and cost may fall short of what is possible; if any, the draw decides place by place.",
        ),
    ] = 0.0,
    workers: Annotated[int, typer.Option(min=1, max=64, help="So many parts are worked at at once.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Write what came of it here, as JSON.")] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of the file instead.")] = False,
) -> None:
    """Serve the most lots within everybody's limit, at the least cost; one price for all at an item and a place.

    The answer is checked in integers before it is told, and the same for the same file on every machine, whatever order its
    lists are in. The exit code is 2 when the file cannot be read.

    Example: `partingline solve clearing examples/clearing.json --out cleared.json`
    """
    import json

    from app.clearing import facade

    if schema:
        typer.echo(json.dumps(facade.ClearingIn.model_json_schema(), indent=2, ensure_ascii=False))
        return
    if file is None:
        raise typer.BadParameter("Name a file, or ask for --schema.")
    from app.commands.failures import told_in_sentences

    with told_in_sentences():
        problem = read_file(file, facade.MAX_FILE_BYTES, facade.read)
        found = facade.clear(problem, facade.Effort(gap=gap, workers=workers))
        told = facade.told(problem, found, "en")
        _show(told)
        if out is not None:
            write_text(out, told.model_dump_json(indent=2) + "\n")


def _show(told: "ClearingOut") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    prices = Table("item", "place", "lots", "price a lot", "of it set-up")
    for price in told.prices:
        row = (str(price.lots), f"{price.price_minor:f}", f"{price.setup_minor:f}")
        prices.add_row(escape(price.item), escape(price.place), *row)
    console.print(prices)
    winners = Table("supplier", "item", "lots", "price a lot", "is paid")
    for one in told.winners:
        winners.add_row(
            escape(one.supplier), escape(one.item), str(one.lots), str(one.price_minor), str(one.paid_minor)
        )
    console.print(winners)
    served = sum(member.outcome != "not_served" for member in told.members)
    console.print(
        f"{told.lots} lots to {served} of {len(told.members)} members; they pay {told.payments_minor}, suppliers are paid "
        f"{told.cost_minor}, the remainder is {told.remainder_minor} (minor units)"
    )
    aims = [aim for part in told.certificate for aim in part.aims]
    gaps = [aim.gap_pct for aim in aims if aim.gap_pct is not None]
    # Without a bound, members were chosen by the draw place by place: no gap is proven of that.
    proven = "" if len(gaps) == len(aims) else " (of lots and cost; the draw decided within each place)"
    console.print(f"inputs {told.inputs_sha256}, greatest gap {max(gaps, default=0):f} %{proven}")
