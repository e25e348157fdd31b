"""Compiles the search with numba and keeps what was compiled, also where the code lies in a read-only place."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np

Function = TypeVar("Function", bound=Callable[..., Any])

try:
    import numba
except ImportError:  # the same functions run without it, far slower
    numba = None  # type: ignore[assignment]


def _choose_cache() -> None:
    """Where `__pycache__` cannot be written and nobody named a place, a folder of this user's among the temporary ones.

    It is used only when it belongs to this user and to nobody else: compiled code is run as it lies there.
    """
    if os.environ.get("NUMBA_CACHE_DIR") or os.access(Path(__file__).parent, os.W_OK):
        return
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"partingline-numba-{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        facts = folder.lstat()
    except OSError:
        return
    if not folder.is_symlink() and facts.st_mode & 0o077 == 0 and (not hasattr(os, "getuid") or facts.st_uid == user):
        numba.config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]


if numba is not None:
    _choose_cache()


def compiled(function: Function) -> Function:
    """The function as machine code; compiled at its first call, kept for the next process where that is possible."""
    if numba is None:
        # Hashes wrap around, as they do in machine code.
        return cast(Function, np.errstate(over="ignore")(function))
    try:
        return cast(Function, numba.njit(cache=True)(function))
    except RuntimeError:  # no place to keep it: compile anew in each process
        return cast(Function, numba.njit(function))
