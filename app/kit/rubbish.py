"""Python's search for unreachable objects, kept away from what stays as long as the process."""

import gc


def pause_search() -> None:
    """While a process loads what it will keep; `leave_alone_what_is_loaded` ends the pause."""
    gc.disable()


def leave_alone_what_is_loaded() -> None:
    """Count everything that exists as permanent, and search only what comes later.

    Routes, schemas, names and messages are half a million objects: searched while they are loaded, they take a quarter longer
    to load, and each later search of them stops every request of the process for a quarter of a second.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
