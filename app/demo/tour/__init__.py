"""The tour: the platform's main job, told over HTTP against a running API with the demo market in its database.

One inquiry in German, read in Chinese, Spanish and Japanese; three sealed quotes, one look that is refused and one quote
that is late; opening, comparison, award, approval, order, T1 report; then money: an advance on what is due, a dispute about T1,
refunds before and after payouts, invoices, the books; then the mould's spare parts: held, picked, packed,
planned into a container, shipped from Ningbo by two partners, late, delivered and inspected; then fourteen mould shops in
six countries, who pool their steel. It may be told again and again on one database, and goes on when API or worker are
restarted meanwhile.
"""

from rich.console import Console

from app.demo.tour.answering import answer
from app.demo.tour.asking import ask
from app.demo.tour.balancing import add_up
from app.demo.tour.building import build
from app.demo.tour.deciding import decide
from app.demo.tour.disputing import dispute
from app.demo.tour.financing import finance
from app.demo.tour.inspecting import inspect
from app.demo.tour.narrator import Narrator, OnStep
from app.demo.tour.pooling import pool
from app.demo.tour.refunding import refund
from app.demo.tour.sending import send
from app.demo.tour.shipping import ship
from app.demo.tour.stage import Halt, stage
from app.demo.tour.telling import tell_all
from app.demo.tour.visitors import Unreachable

__all__ = ["OnStep", "run"]

OPEN_FOR_S = 15.0
ACTS = (ask, answer, decide, build, finance, dispute, refund, add_up, send, ship, inspect, pool, tell_all)


def run(
    base_url: str, *, on_step: OnStep | None = None, open_for_s: float = OPEN_FOR_S, console: Console | None = None
) -> bool:
    """Tell the tour; whether every step held.

    `on_step(number, title)` is called before each step. `open_for_s` is how long quotes are taken; give more when
    processes will be killed and restarted meanwhile.
    """
    narrator = Narrator(console, on_step)
    narrator.title("The tour", f"Everything below happens over HTTP at {base_url}, as each person would do it.")
    with stage(base_url, narrator, open_for_s) as here:
        try:
            for act in ACTS:
                act(here)
        except Halt:
            narrator.notes("The tour ends here.")
        except Unreachable as error:
            narrator.check("the API answers", False, str(error))
        except (KeyError, IndexError, TypeError, ValueError, StopIteration) as error:
            narrator.check("the answer has the form that the API promises", False, f"{type(error).__name__}: {error}")
    return narrator.end()
