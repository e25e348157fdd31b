"""Official rules are XSLT 2: SaxonC runs them, native code without Java.

One processor a process, made at the first rule and never let go of; each stylesheet is compiled once. SaxonC belongs to the
thread that made it, so all rules of a process run in one thread, and another is refused. Where a crash of native code must not
end the process, ask a child instead (`proving`).
"""

import threading
from functools import cache
from pathlib import Path
from typing import Any


class RulesFailed(RuntimeError):
    """A stylesheet could not be compiled, or not be run to its end on a file."""


@cache
def _processor() -> tuple[Any, int]:
    from saxonche import PySaxonProcessor

    return PySaxonProcessor(license=False), threading.get_ident()


@cache
def _compiled(stylesheet: Path) -> Any:
    from saxonche import PySaxonApiError

    processor, _ = _processor()
    try:
        return processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(stylesheet))
    except PySaxonApiError as error:
        raise RulesFailed(f"{stylesheet.name} could not be compiled: {error}") from error


def transform(stylesheet: Path, xml: str) -> str:
    """What the stylesheet makes of the XML, which must not have a document type declaration. Raises RulesFailed."""
    from saxonche import PySaxonApiError

    processor, thread = _processor()
    if thread != threading.get_ident():
        raise RulesFailed("SaxonC is asked from another thread than the one that made it")
    compiled = _compiled(stylesheet)
    try:
        result = compiled.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml))
    except PySaxonApiError as error:
        raise RulesFailed(f"{stylesheet.name} could not be run to its end: {error}") from error
    if not result:
        raise RulesFailed(f"{stylesheet.name} gave no answer")
    return str(result)
