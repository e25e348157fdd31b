"""Writes a solid as a STEP file whose bytes depend on nothing but the solid."""

import re
import tempfile
from pathlib import Path

from OCP.IFSelect import IFSelect_RetDone
from OCP.Interface import Interface_Static
from OCP.Message import Message, Message_Gravity
from OCP.STEPControl import STEPControl_AsIs, STEPControl_Writer
from OCP.TopoDS import TopoDS_Shape

_SCHEMAS = {"AP214": "AP214IS", "AP242": "AP242DIS"}
_FILE_NAME = re.compile(r"FILE_NAME\(.*?\);", re.DOTALL)
_FILE_DESCRIPTION = re.compile(r"FILE_DESCRIPTION\(.*?\);", re.DOTALL)
_SHAREABLE = ("CARTESIAN_POINT(", "DIRECTION(", "VECTOR(", "LINE(", "AXIS2_PLACEMENT_3D(", "CIRCLE(", "PLANE(")
_JOINT = re.compile(r"\n\s*")
_REFERENCE = re.compile(r"#(\d+)")
DRAWN_ON = "2026-11-02T08:00:00"


def step_text(shape: TopoDS_Shape, *, name: str, number: str, schema: str) -> str:
    """The exchange structure (ISO 10303-21) of one solid, by AP214 or AP242, in millimetres."""
    for printer in list(Message.DefaultMessenger_s().Printers()):
        printer.SetTraceLevel(Message_Gravity.Message_Fail)
    writer = STEPControl_Writer()
    Interface_Static.SetCVal_s("write.step.schema", _SCHEMAS[schema])
    Interface_Static.SetCVal_s("write.step.product.name", number)
    Interface_Static.SetIVal_s("write.surfacecurve.mode", 0)  # no curves in parameter space: a third of the size
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "part.step"
        writer.Model(True)
        transferred = writer.Transfer(shape, STEPControl_AsIs)
        written = writer.Write(str(path))
        if transferred != IFSelect_RetDone or written != IFSelect_RetDone:
            raise RuntimeError(f"the kernel could not write {name}")
        text = path.read_text(encoding="ascii")
    header = f"FILE_NAME('{name}.step','{DRAWN_ON}',(''),('Partingline demo market'),'','Open CASCADE','');"
    text = _FILE_NAME.sub(header, text, count=1)
    text = _FILE_DESCRIPTION.sub(f"FILE_DESCRIPTION(('{number}'),'2;1');", text, count=1)
    # The kernel counts the products that it has written; the count says nothing about the part.
    return _compact(re.sub(rf"'{re.escape(number)} \d+'", f"'{number}'", text))


def _compact(text: str) -> str:
    """Write each point, direction, vector and line once, and leave out the kernel's line breaks."""
    head, body = text.split("DATA;\n", 1)
    data, tail = body.split("ENDSEC;", 1)
    entities = {int(match[1]): _JOINT.sub("", match[2]) for match in re.finditer(r"#(\d+) = (.*?);\n", data, re.DOTALL)}
    while True:
        first: dict[str, int] = {}
        same = {
            number: first[entity]
            for number, entity in entities.items()
            if entity.startswith(_SHAREABLE) and first.setdefault(entity, number) != number
        }
        if not same:
            break
        entities = {number: _renumbered(entity, same) for number, entity in entities.items() if number not in same}
    numbers = {old: new for new, old in enumerate(entities, start=1)}
    lines = [f"#{numbers[old]}={_renumbered(entity, numbers)};" for old, entity in entities.items()]
    return head + "DATA;\n" + "\n".join(lines) + "\nENDSEC;" + tail


def _renumbered(entity: str, numbers: dict[int, int]) -> str:
    return _REFERENCE.sub(lambda found: f"#{numbers.get(int(found[1]), int(found[1]))}", entity)
