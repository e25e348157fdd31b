"""The demo market's way into a database: `run(settings)` fills it once, `sample_logins()` says who may sign in.

What the rooms' use cases check is checked here too, because they are what is called; see `history` for how the past is
told. The second time, nothing is done.
"""

import gc

import uvloop

from app.demo.seed.logins import PASSWORD, sample_logins
from app.demo.seed.market import fill
from app.settings import Settings

__all__ = ["PASSWORD", "run", "sample_logins"]


def run(settings: Settings) -> bool:
    """Fill a migrated database with the demo market; False when it is there already. All of it or nothing."""
    # A process that seeds does little else, and all that it has loaded stays: searching that for rubbish takes a second.
    gc.freeze()
    try:
        return uvloop.run(fill(settings))
    finally:
        gc.unfreeze()
