"""The process that clears: a problem on standard input, what came of it and what was proven on standard output.

Run as a program (`python -m app.pooling.child`). That is how the worker uses it.
"""

import json
import os
import resource
import sys

from app.clearing.facade import ClearingIn, Effort, clear, understood, worked_out
from app.pooling.limits import CLEARING_MEMORY_BYTES, CLEARING_SECONDS

_NICE = 5


def main() -> None:
    """Clear within bounds of memory and processor time."""
    asked = json.loads(sys.stdin.buffer.read())
    resource.setrlimit(resource.RLIMIT_AS, (CLEARING_MEMORY_BYTES, CLEARING_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CLEARING_SECONDS, CLEARING_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(_NICE)
    problem = understood(ClearingIn.model_validate(asked["problem"]))
    effort = Effort(gap=asked["gap"], nodes=asked["nodes"], workers=asked["workers"])
    sys.stdout.write(json.dumps(worked_out(clear(problem, effort))))


if __name__ == "__main__":
    main()
