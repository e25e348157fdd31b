"""Pictures of plates, blocks, mould bases and die sets. Sizes in millimetres."""

from collections.abc import Sequence

from app.demo.drawing.board import PAPER, Board
from app.demo.drawing.round_parts import figure


def plate(
    board: Board, length: float, width: float, thickness: float, *, plugs: bool = False, holes: bool = True
) -> None:
    """A plate: from above, and its edge below. `plugs` are the graphite plugs of a wear plate."""
    scale = min(640 / length, 330 / width)
    wide, deep = length * scale, max(90.0, width * scale)
    thick = max(26.0, min(120.0, thickness * scale))
    left, top = (1200 - wide) / 2 - 60, 150.0
    right, bottom = left + wide, top + deep
    board.box(left, top, right, bottom)
    margin = min(46.0, deep / 3.2)
    if plugs:
        rows = 2 if deep > 140 else 1
        count = max(3, int(wide / 90))
        for row in range(rows):
            y = top + deep * (row + 1) / (rows + 1)
            for number in range(count):
                x = left + wide * (number + 0.5 + 0.25 * (row % 2)) / (count + 0.25)
                board.circle((x, y), min(18.0, deep / 7), fill=170, weight=1.2)
    elif holes:
        for x in (left + margin, right - margin):
            for y in (top + margin, bottom - margin):
                board.hole((x, y), margin / 3.4, counterbore=margin / 2.2)
    board.dashed((left - 24, (top + bottom) / 2), (right + 24, (top + bottom) / 2))
    board.dashed(((left + right) / 2, top - 24), ((left + right) / 2, bottom + 24))
    edge = bottom + 70
    board.box(left, edge, right, edge + thick)
    if holes and not plugs:
        for x in (left + margin, right - margin):
            for offset in (-margin / 3.4, margin / 3.4):
                board.dashed((x + offset, edge), (x + offset, edge + thick), pattern=(10, 6))
    board.across(left, right, edge + thick, edge + thick + 62, figure(length))
    board.upright(top, bottom, right, right + 66, figure(width))
    board.upright(edge, edge + thick, right, right + 66, figure(thickness))


def block(board: Board, length: float, width: float, thickness: float) -> None:
    """A sawn or milled block, seen from a corner."""
    scale = min(560 / length, 300 / width, 260 / thickness)
    wide = length * scale
    deep, high = max(60.0, width * scale * 0.55), max(34.0, thickness * scale)
    left, base = (1200 - wide - deep) / 2 - 20, 560.0
    top, right = base - high, left + wide
    board.box(left, top, right, base, fill=246)
    board.shape([(left, top), (left + deep, top - deep * 0.6), (right + deep, top - deep * 0.6), (right, top)])
    board.shape(
        [(right, top), (right + deep, top - deep * 0.6), (right + deep, base - deep * 0.6), (right, base)], fill=226
    )
    board.across(left, right, base, base + 66, figure(length))
    board.upright(top, base, left, left - 60, figure(thickness))
    board.leader((right + deep / 2, base - deep * 0.3), (right + deep / 2 + 40, base + 30), figure(width))


def mould_base(board: Board, length: float, width: float, height: float, guide: float, plates: Sequence[float]) -> None:
    """A mould base: its plates from the side, and the moving half from above. `plates` are shares of the height."""
    left, wide, top, high = 150.0, 420.0, 110.0, 520.0
    y = top
    total = sum(plates)
    clamping = {0, len(plates) - 1}
    for number, share in enumerate(plates):
        tall = high * share / total
        out = 26.0 if number in clamping else 0.0
        if number == len(plates) - 2:
            # The spacer blocks, and the ejector plates between them.
            board.box(left, y, left + 76, y + tall)
            board.box(left + wide - 76, y, left + wide, y + tall)
            board.box(left + 92, y + tall * 0.5, left + wide - 92, y + tall * 0.74)
            board.box(left + 92, y + tall * 0.74, left + wide - 92, y + tall)
        else:
            board.box(left - out, y, left + wide + out, y + tall, fill=PAPER if number % 2 else 244)
        y += tall
    middle = left + wide / 2
    for x in (left + 50, left + wide - 50):
        parting = top + high * sum(plates[: len(plates) // 2]) / total
        board.dashed((x - 13, top + 30), (x - 13, parting + 90), pattern=(10, 6))
        board.dashed((x + 13, top + 30), (x + 13, parting + 90), pattern=(10, 6))
        board.dashed((x, top), (x, parting + 110))
    board.dashed((middle, top - 30), (middle, top + high + 20))
    board.upright(top, top + high, left - 26, left - 66, figure(height))
    board.across(left, left + wide, top + high, top + high + 70, figure(width))
    plan, side = 740.0, 310.0
    deep = min(430.0, side * length / width)
    board.box(plan, top + 20, plan + side, top + 20 + deep)
    board.box(plan + 74, top + 20 + deep * 0.22, plan + side - 74, top + 20 + deep * 0.78, fill=236)
    for x in (plan + 40, plan + side - 40):
        for place in (top + 62, top - 22 + deep):
            board.hole((x, place), 19)
        for place in (top + 20 + deep * 0.36, top + 20 + deep * 0.64):
            board.hole((x, place), 9)
    board.cross((plan + side / 2, top + 20 + deep / 2), 60)
    board.across(plan, plan + side, top + 20 + deep, top + 20 + deep + 62, figure(width))
    board.upright(top + 20, top + 20 + deep, plan + side, plan + side + 62, figure(length))
    board.leader((plan + side - 27, top + 49), (plan + side + 10, 76), f"4× Ø{figure(guide)}")


def die_set(board: Board, length: float, width: float, height: float, guide: float) -> None:
    """A four-pillar die set: side view and plan."""
    left, right, top, base = 150.0, 590.0, 150.0, 610.0
    for x in (left + 60, right - 60):
        board.box(x - 18, top + 60, x + 18, base - 60)
        board.box(x - 34, top + 60, x + 34, top + 150, fill=240)
        board.dashed((x, top - 20), (x, base + 20))
    board.box(left, top, right, top + 66, fill=244)
    board.box(left, base - 72, right, base, fill=244)
    board.upright(top, base, left, left - 50, figure(height))
    board.across(left, right, base, base + 70, figure(length))
    plan, wide = 720.0, 330.0
    deep = min(420.0, wide * width / length)
    board.box(plan, 190, plan + wide, 190 + deep)
    for x in (plan + 44, plan + wide - 44):
        for y in (234.0, 146 + deep):
            board.hole((x, y), 17, counterbore=29)
    board.cross((plan + wide / 2, 190 + deep / 2), 60)
    board.across(plan, plan + wide, 190 + deep, 190 + deep + 62, figure(length))
    board.upright(190, 190 + deep, plan + wide, plan + wide + 60, figure(width))
    board.leader((plan + wide - 32, 222), (plan + wide - 10, 130), f"4× Ø{figure(guide)}")
