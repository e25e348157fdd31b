"""The demo market's mouldings and mould components: small real parts, each built as a solid.

Every figure in `dimensions` is a figure that the builder uses, so that drawing and model cannot disagree.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from OCP.TopoDS import TopoDS_Shape

from app.demo.drawing import solids as s


@dataclass(frozen=True, slots=True)
class Part:
    """One drawn part. `dimensions` are (term, value in mm or a count); terms are worded in `texts.yaml`."""

    slug: str
    number: str
    material: str
    density_g_cm3: float
    tolerance: str
    dimensions: tuple[tuple[str, float], ...]
    languages: tuple[str, ...]
    build: Callable[[], TopoDS_Shape]
    schema: str = "AP214"
    paper: str = "a3"
    turned_part: bool = False
    resin: bool = True


def housing() -> TopoDS_Shape:
    """Electronics housing 120 × 80 × 28, wall 2.5, with ribs, screw bosses and two cable openings."""
    shell = s.rounded(s.box(120, 80, 28), 6)
    body = s.cut(shell, s.moved(s.rounded(s.box(115, 75, 26), 3.5), (0, 0, 2.5)))
    for x, y in s.on_rectangle(100, 60):
        body = s.fuse(body, s.cylinder(7, 22, at=(x, y, 1)))
    for x in (-20, 20):
        body = s.fuse(body, s.box(1.5, 76, 12, at=(x, 0, 1)))
    body = s.fuse(body, s.box(80, 1.5, 8, at=(0, 0, 1)))
    for x, y in s.on_rectangle(100, 60):
        body = s.cut(body, s.cylinder(2.6, 18, at=(x, y, 6)))
    openings = [s.cylinder(12, 10, at=(-62, y, 15), axis=(1, 0, 0)) for y in (-18, 18)]
    window = s.box(36, 10, 12, at=(0, -40, 12))
    return s.cut(body, *openings, window)


def cover() -> TopoDS_Shape:
    """Cover of the housing, with a centring rim, four countersunk screw holes and a row of vents."""
    plate = s.rounded(s.box(120, 80, 3), 6)
    rim = s.cut(s.rounded(s.box(114.6, 74.6, 4), 3.3), s.box(111.6, 71.6, 4))
    body = s.fuse(plate, s.moved(rim, (0, 0, 3)))
    for x, y in s.on_rectangle(100, 60):
        body = s.fuse(body, s.cylinder(8, 5, at=(x, y, 1)))
    for x, y in s.on_rectangle(100, 60):
        body = s.cut(body, s.cylinder(3.4, 8, at=(x, y, -1)), s.cylinder(6.2, 2, at=(x, y, -0.2)))
    return s.cut(body, *(s.box(2, 24, 5, at=(x, 0, -1)) for x in range(-24, 25, 6)))


def gear() -> TopoDS_Shape:
    """Spur gear, module 1.5, 20 teeth, 8 wide, thin web and hub with a D bore."""
    teeth, module = 20, 1.5
    root, tip, pitch = teeth * module / 2 - 1.8, teeth * module / 2 + 1.5, teeth * module / 2
    outline: list[s.Point3] = []
    step = 2 * math.pi / teeth
    for tooth in range(teeth):
        middle = tooth * step
        flank = ((root, -0.33), (pitch, -0.25), (tip, -0.11), (tip, 0.11), (pitch, 0.25), (root, 0.33))
        for radius, turn in flank:
            angle = middle + turn * step
            outline.append((radius * math.cos(angle), radius * math.sin(angle), 0))
    body = s.prism(outline, (0, 0, 8))
    for z in (-1, 5.5):
        body = s.cut(body, s.cut(s.cylinder(24, 3.5, at=(0, 0, z)), s.cylinder(12, 3.5, at=(0, 0, z))))
    body = s.fuse(body, s.cylinder(12, 12))
    bore = s.cut(s.cylinder(6, 16, at=(0, 0, -2)), s.box(6, 2, 16, at=(0, 3.5, -2)))
    lightening = [s.cylinder(4, 10, at=(x, y, -1)) for x, y in s.on_circle(6, 18)]
    return s.cut(body, bore, *lightening)


def connector() -> TopoDS_Shape:
    """Two-row connector shell, 16 terminal chambers at 2.54 pitch, polarising rib and latch."""
    body = s.box(25.4, 9.6, 14)
    body = s.cut(body, s.box(22.6, 7, 8, at=(0, 0, 6)))
    for column in range(8):
        x = (column - 3.5) * 2.54
        body = s.cut(body, *(s.box(1.6, 1.6, 8, at=(x, y, -1)) for y in (-1.27, 1.27)))
    latch = s.prism([(-3, 4.8, 8), (-3, 6.6, 8), (-3, 4.8, 12)], (6, 0, 0))
    ribs = [s.box(1.2, 1, 14, at=(x, -5.2, 0)) for x in (-8, 8)]
    return s.cut(s.fuse(body, latch, *ribs), s.box(4, 2.4, 5, at=(0, -4.4, 9)))


def screw_cap() -> TopoDS_Shape:
    """Cap 38 mm with three thread-like grooves inside, a plug seal and a knurl of 24 ribs."""
    profile = [(0.0, 16.0), (0.0, 14.2), (11.2, 14.2), (11.2, 11.6), (12.4, 11.6), (12.4, 14.2), (16.6, 14.2)]
    for z in (11.0, 8.0, 5.0):
        profile += [(16.6, z + 0.9), (17.5, z + 0.3), (17.5, z - 0.3), (16.6, z - 0.9)]
    profile += [(16.6, 0.0), (18.4, 0.0), (18.4, 15.0), (17.4, 16.0)]
    body = s.revolved(profile)
    ribs = [s.turned(s.box(0.9, 1.0, 13, at=(18.55, 0, 1)), 15 * index) for index in range(24)]
    return s.fuse(body, *ribs)


def bracket() -> TopoDS_Shape:
    """Angle bracket with two gussets, slotted holes and a metal-insert boss."""
    body = s.fuse(s.box(60, 40, 4), s.box(60, 4, 36, at=(0, 18, 0)))
    for x in (-22, 22):
        body = s.fuse(body, s.prism([(x - 2, 16, 4), (x - 2, -14, 4), (x - 2, 16, 32)], (4, 0, 0)))
    body = s.fuse(body, s.cylinder(14, 12, at=(0, -6, 0)))
    holes = [s.cylinder(8.4, 16, at=(0, -6, -1))]
    holes += [s.fuse(s.box(8, 5.5, 8, at=(x, -9, -1)), *(s.cylinder(5.5, 8, at=(x + d, -9, -1)) for d in (-4, 4)))
              for x in (-19, 19)]  # fmt: skip
    holes += [s.cylinder(6.5, 8, at=(x, 15, 22), axis=(0, 1, 0)) for x in (-12, 12)]
    return s.cut(body, *holes)


def ejector_pin() -> TopoDS_Shape:
    """Ejector pin with cylindrical head, 6 × 160 (ISO 6751)."""
    pin = s.revolved([(0, 0), (6, 0), (6, 5), (3.3, 5), (3, 5.5), (3, 160), (0, 160)])
    return s.turned(pin, 90, axis=(0, 1, 0))


def guide_pillar() -> TopoDS_Shape:
    """Shouldered guide pillar 25 × 120 with oil grooves and a lead-in."""
    profile: list[s.Point2] = [(0, 0), (18, 0), (18, 6), (15, 6), (15, 36), (12.5, 36)]
    for z in (58, 72, 86):
        profile += [(12.5, z), (11.9, z + 0.6), (11.9, z + 2.4), (12.5, z + 3)]
    profile += [(12.5, 112), (11, 120), (0, 120)]
    pillar = s.cut(s.revolved(profile), s.cylinder(8.5, 18, at=(0, 0, -1)))
    return s.turned(pillar, 90, axis=(0, 1, 0))


def mould_plate() -> TopoDS_Shape:
    """Cavity plate 246 × 196 × 36 with guide bores, pocket for the insert, screw holes and cooling bores."""
    body = s.chamfered(s.box(246, 196, 36), 1.5, at_height=36)
    body = s.cut(body, s.moved(s.rounded(s.box(126, 86, 24), 8), (0, 0, 14)))
    tools = [s.cylinder(30, 40, at=(x, y, -1)) for x, y in s.on_rectangle(198, 148)]
    tools += [s.cylinder(35, 7, at=(x, y, -1)) for x, y in s.on_rectangle(198, 148)]
    tools += [s.cylinder(13.5, 40, at=(x, y, -1)) for x, y in s.on_rectangle(216, 92)]
    tools += [s.cylinder(8, 250, at=(-125, y, 8), axis=(1, 0, 0)) for y in (-58, 58)]
    tools += [s.cylinder(9, 20, at=(x, y, -1)) for x, y in s.on_rectangle(96, 56)]
    return s.cut(body, *tools)


def lens() -> TopoDS_Shape:
    """Plano-convex light lens 46 mm with a mounting flange and three locating tabs."""
    dome = s.cut(s.sphere(34, at=(0, 0, -23.5)), s.box(90, 90, 70, at=(0, 0, -67)))
    body = s.fuse(s.cylinder(46, 3), dome, s.cylinder(52, 1.8))
    tabs = [s.turned(s.box(5, 6, 1.8, at=(27, 0, 0)), 120 * index) for index in range(3)]
    return s.fuse(body, *tabs)


def hinge() -> TopoDS_Shape:
    """Hinge leaf with three knuckles, a through bore and countersunk holes."""
    body = s.box(70, 32, 3.2, at=(0, -16, 0))
    for x in (-28, 0, 28):
        body = s.fuse(body, s.cylinder(9, 14, at=(x - 7, 0, 3.2), axis=(1, 0, 0)))
    gaps = [s.box(14, 14, 14, at=(x, 0, -4)) for x in (-14, 14)]
    holes = [s.cylinder(4.5, 8, at=(x, -20, -1)) for x in (-24, 0, 24)]
    sinks = [s.revolved([(0, 1.4), (2.3, 1.4), (4.4, 3.5), (0, 3.5)], at=(x, -20, 0)) for x in (-24, 0, 24)]
    return s.cut(body, *gaps, s.cylinder(4, 80, at=(-40, 0, 3.2), axis=(1, 0, 0)), *holes, *sinks)


def bottle_closure() -> TopoDS_Shape:
    """Beverage closure PCO 1881 type with tamper band, plug seal, two thread-like grooves and 24 grips."""
    profile = [(0.0, 15.6), (0.0, 14.2), (10.0, 14.2), (10.2, 12.0), (11.2, 12.0), (11.2, 14.2), (13.2, 14.2)]
    for z in (10.4, 7.7):
        profile += [(13.2, z + 0.8), (13.9, z + 0.3), (13.9, z - 0.3), (13.2, z - 0.8)]
    profile += [(13.2, 3.6), (14.2, 3.6), (14.2, 2.9), (13.4, 2.9), (12.9, 1.2), (13.4, 0), (14.8, 0), (14.8, 14.6),
                (13.8, 15.6)]  # fmt: skip
    ribs = [s.turned(s.box(0.8, 0.9, 9.5, at=(14.8, 0, 4.5)), 15 * index) for index in range(24)]
    return s.fuse(s.revolved(profile), *ribs)


PARTS: Mapping[str, Part] = {
    part.slug: part
    for part in (
        Part("housing", "EG-2041-01 B", "PC/ABS", 1.14, "ISO 20457 TG5",
             (("wall", 2.5), ("rib", 1.5), ("boss_diameter", 7), ("boss_bore", 2.6), ("hole_pitch_length", 100),
              ("hole_pitch_width", 60), ("opening_diameter", 12), ("corner_radius", 6)),
             ("de", "en", "zh-Hans"), housing, "AP242"),
        Part("cover", "EG-2041-02 B", "PC/ABS", 1.14, "ISO 20457 TG5",
             (("wall", 3), ("hole_diameter", 3.4), ("hole_pitch_length", 100), ("hole_pitch_width", 60), ("slots", 9),
              ("corner_radius", 6)), ("de", "fr"), cover, "AP242"),
        Part("gear", "ZR-20-1.5 A", "POM", 1.41, "ISO 20457 TG3",
             (("module", 1.5), ("teeth", 20), ("pitch_diameter", 30), ("tip_diameter", 33), ("face_width", 8),
              ("bore_diameter", 6)), ("de", "en"), gear),
        Part("connector", "CN-254-16P C", "PBT-GF30", 1.53, "ISO 20457 TG3",
             (("pitch", 2.54), ("terminals", 16), ("wall", 1.3), ("chamber_width", 1.6)), ("ja", "zh-Hant"),
             connector, "AP242"),
        Part("screw_cap", "TP-38 A", "PP", 0.91, "ISO 20457 TG6",
             (("outside_diameter", 38), ("thread_diameter", 35), ("wall", 1.8), ("ribs", 24)), ("es", "pt-BR"), screw_cap),
        Part("bracket", "BR-6040-3", "PA66-GF30", 1.37, "ISO 20457 TG4",
             (("wall", 4), ("boss_diameter", 14), ("boss_bore", 8.4), ("slot_width", 5.5), ("hole_diameter", 6.5)),
             ("en", "es"), bracket, "AP242"),
        Part("ejector_pin", "EP-6-160", "1.2344", 7.80, "ISO 6751 / g6",
             (("shank_diameter", 6), ("head_diameter", 12), ("head_height", 5)), ("pt-BR", "de"),
             ejector_pin, paper="a4", turned_part=True, resin=False),
        Part("guide_pillar", "GP-25-120", "1.7131", 7.85, "ISO 2768-m / g6",
             (("guide_diameter", 25), ("fit_diameter", 30), ("collar_diameter", 36), ("thread_core", 8.5)),
             ("zh-Hans", "en"), guide_pillar, paper="a4", turned_part=True, resin=False),
        Part("mould_plate", "A-246-196-36", "1.2738", 7.85, "ISO 2768-m / H7",
             (("guide_bore", 30), ("guide_pitch_length", 198), ("guide_pitch_width", 148), ("pocket_length", 126),
              ("pocket_width", 86), ("pocket_depth", 22), ("cooling_bore", 8), ("screw_hole", 13.5)),
             ("zh-Hant", "fr"), mould_plate, resin=False),
        Part("lens", "LE-46-PC D", "PMMA", 1.18, "ISO 20457 TG4",
             (("outside_diameter", 52), ("optical_diameter", 46), ("dome_radius", 34), ("flange", 1.8)),
             ("fr", "ja"), lens, "AP242", turned_part=True),
        Part("hinge", "HG-70-32", "PP", 0.91, "ISO 20457 TG6",
             (("wall", 3.2), ("knuckle_diameter", 9), ("bore_diameter", 4), ("hole_diameter", 4.5), ("hole_pitch_length", 24)),
             ("ar", "en"), hinge),
        Part("bottle_closure", "CL-1881-R2", "PE-HD", 0.95, "ISO 20457 TG5",
             (("outside_diameter", 30.4), ("thread_diameter", 27.8), ("wall", 1.6), ("ribs", 24)),
             ("es", "ar"), bottle_closure),
    )
}  # fmt: skip
