"""Pictures of turned parts: pins, sleeves, pillars, bushes, rings, springs. Sizes in millimetres."""

from app.demo.drawing.board import PAPER, Board

AXIS = 380.0
LEFT, RIGHT = 120.0, 740.0
END = 985.0


def figure(value: float) -> str:
    """A size as it stands on a drawing."""
    return f"{round(value, 2):g}"


def _drawn(diameter_mm: float, length_mm: float, *, most: float = 190.0) -> float:
    """Half the drawn height of a diameter: true to the length within what can be seen."""
    return min(most, max(26.0, diameter_mm / length_mm * (RIGHT - LEFT) * 1.4)) / 2


def pin(board: Board, d: float, length: float, *, head: float, head_height: float, angled: bool = False) -> None:
    """A headed pin: side view with a break, and the head seen from its end."""
    half = _drawn(d, length, most=150)
    big = half * max(1.45, min(2.2, head / d))
    shoulder = LEFT + 44
    tip = [(RIGHT - 14, AXIS - half), (RIGHT, AXIS - half + 10), (RIGHT, AXIS + half - 10), (RIGHT - 14, AXIS + half)]
    if not angled:
        tip = [(RIGHT, AXIS - half), (RIGHT, AXIS + half)]
    board.shape([(shoulder, AXIS - half), *tip, (shoulder, AXIS + half)])
    board.box(LEFT, AXIS - big, shoulder, AXIS + big)
    if angled:
        board.path([(RIGHT - 14, AXIS - half), (RIGHT - 14, AXIS + half)])
    board.break_lines((shoulder + RIGHT) / 2, AXIS - half, AXIS + half)
    board.dashed((LEFT - 24, AXIS), (RIGHT + 24, AXIS))
    board.circle((END, AXIS), big, fill=PAPER)
    board.circle((END, AXIS), half)
    board.cross((END, AXIS), big + 22)
    below = AXIS + big
    board.across(LEFT, RIGHT, below, below + 130, f"{figure(length)} +1/0")
    board.across(LEFT, shoulder, below, below + 66, figure(head_height))
    board.upright(AXIS - half, AXIS + half, RIGHT, RIGHT + 60, f"Ø{figure(d)} g6")
    board.leader((END + big * 0.71, AXIS - big * 0.71), (END + big * 0.71 + 20, AXIS - big - 60), f"Ø{figure(head)}")
    board.leader((shoulder + 2, AXIS - half), (shoulder + 50, AXIS - big - 40), "R0.5")


def sleeve(board: Board, bore: float, d: float, length: float, *, head: float, head_height: float) -> None:
    """A tube with a head, cut along its axis: ejector sleeves and guide bushes."""
    half = _drawn(d, length, most=170)
    inner = half * min(0.78, max(0.3, bore / d))
    big = half * max(1.25, min(1.6, head / d))
    shoulder = LEFT + 60
    for side in (-1, 1):
        near, far = sorted((AXIS + side * inner, AXIS + side * half))
        board.hatched(shoulder, near, RIGHT, far)
        near, far = sorted((AXIS + side * inner, AXIS + side * big))
        board.hatched(LEFT, near, shoulder, far)
    for x in (LEFT, RIGHT):
        board.path([(x, AXIS - inner), (x, AXIS + inner)])
    board.break_lines((shoulder + RIGHT) / 2 + 40, AXIS - half, AXIS + half)
    board.dashed((LEFT - 24, AXIS), (RIGHT + 24, AXIS))
    board.circle((END, AXIS), big, fill=PAPER)
    board.circle((END, AXIS), half)
    board.circle((END, AXIS), inner)
    board.cross((END, AXIS), big + 22)
    below = AXIS + big
    board.across(LEFT, RIGHT, below, below + 130, figure(length))
    board.across(LEFT, shoulder, below, below + 66, figure(head_height))
    board.leader((END + big * 0.71, AXIS - big * 0.71), (END + big * 0.71 + 20, AXIS - big - 50), f"Ø{figure(head)}")
    if half < 60:
        board.leader((RIGHT - 4, AXIS - inner + 1), (RIGHT + 30, AXIS - 90), f"Ø{figure(bore)} H7")
        board.leader((RIGHT - 40, AXIS + half), (RIGHT + 30, AXIS + 80), f"Ø{figure(d)} g6")
        return
    board.upright(AXIS - inner, AXIS + inner, RIGHT, RIGHT + 36, f"Ø{figure(bore)} H7")
    board.upright(AXIS - half, AXIS + half, RIGHT, RIGHT + 96, f"Ø{figure(d)} g6")


def pillar(board: Board, d: float, length: float) -> None:
    """A shouldered guide pillar with oil grooves."""
    half = _drawn(d, length, most=150)
    collar, fit = half * 1.55, half * 1.25
    first, second = LEFT + 40, LEFT + 210
    board.box(second, AXIS - half, RIGHT - 26, AXIS + half)
    board.shape(
        [
            (RIGHT - 26, AXIS - half), (RIGHT, AXIS - half + 14), (RIGHT, AXIS + half - 14), (RIGHT - 26, AXIS + half),
        ]
    )  # fmt: skip
    board.box(first, AXIS - fit, second, AXIS + fit)
    board.box(LEFT, AXIS - collar, first, AXIS + collar)
    for x in (430, 480, 590, 640):
        board.box(x, AXIS - half + 4, x + 10, AXIS + half - 4)
    board.break_lines(540, AXIS - half, AXIS + half)
    board.dashed((LEFT - 24, AXIS), (RIGHT + 24, AXIS))
    board.circle((END, AXIS), collar, fill=PAPER)
    board.circle((END, AXIS), fit)
    board.circle((END, AXIS), half)
    board.cross((END, AXIS), collar + 22)
    below = AXIS + collar
    board.across(first, RIGHT, below, below + 130, figure(length))
    board.across(first, second, below, below + 66, figure(round(length / 4)))
    board.upright(AXIS - half, AXIS + half, RIGHT, RIGHT + 60, f"Ø{figure(d)} h5")
    board.leader((first + 60, AXIS - fit), (first + 110, AXIS - collar - 60), f"Ø{figure(d + 4)} k6")
    board.leader((END + collar * 0.71, AXIS - collar * 0.71), (END + 70, AXIS - collar - 50), f"Ø{figure(d + 8)}")


def sprue_bush(board: Board, d: float, orifice: float, radius: float, length: float) -> None:
    """A sprue bush cut along its axis: spherical seat, tapered bore."""
    half, head = 70.0, 130.0
    shoulder, right = LEFT + 110, 690.0
    start, end = max(7.0, min(26.0, orifice * 5)), max(18.0, min(46.0, orifice * 9))
    for side in (-1, 1):
        near, far = sorted((AXIS + side * end, AXIS + side * half))
        board.hatched(shoulder, near, right, far)
        near, far = sorted((AXIS + side * end, AXIS + side * head))
        board.hatched(LEFT, near, shoulder, far)
    board.shape([(LEFT, AXIS - start), (right, AXIS - end), (right, AXIS + end), (LEFT, AXIS + start)])
    board.circle((LEFT - 34, AXIS), 46, fill=PAPER, weight=1.2)
    board.dashed((LEFT - 80, AXIS), (right + 30, AXIS))
    board.circle((END, AXIS), head, fill=PAPER)
    board.circle((END, AXIS), half)
    board.circle((END, AXIS), start)
    board.cross((END, AXIS), head + 22)
    below = AXIS + head
    board.across(shoulder, right, below, below + 66, figure(length))
    board.across(LEFT, shoulder, below, below + 66, "18")
    board.upright(AXIS - half, AXIS + half, right, right + 60, f"Ø{figure(d)} k6")
    board.leader((LEFT + 30, AXIS - 6), (LEFT + 10, AXIS - head - 70), f"R{figure(radius)}")
    board.leader((LEFT + 40, AXIS + start), (330, AXIS - head - 40), f"Ø{figure(orifice)}")
    board.leader((620, AXIS - end + 2), (660, AXIS - head - 40), "1.5°")
    board.leader((END + head * 0.71, AXIS - head * 0.71), (END + 80, AXIS - head - 50), "Ø38")


def ring(board: Board, d: float, thickness: float) -> None:
    """A locating ring: from the front with its screws, and cut."""
    centre, radius = (390.0, 400.0), 240.0
    board.circle(centre, radius, fill=PAPER)
    board.circle(centre, radius - 10, weight=1.2)
    board.circle(centre, 96)
    board.dashed((centre[0] - radius - 30, centre[1]), (centre[0] + radius + 30, centre[1]))
    board.dashed((centre[0], centre[1] - radius - 30), (centre[0], centre[1] + radius + 30))
    for x, y in ((-1, -1), (1, 1), (-1, 1), (1, -1)):
        board.hole((centre[0] + x * 120, centre[1] + y * 120), 15, counterbore=25)
    left, wide = 860.0, max(56.0, min(130.0, thickness * 5))
    for top, bottom in ((centre[1] - radius, centre[1] - 96), (centre[1] + 96, centre[1] + radius)):
        board.hatched(left, top, left + wide, bottom)
    for edge in (left, left + wide):
        board.path([(edge, centre[1] - 96), (edge, centre[1] + 96)])
    board.dashed((left - 30, centre[1]), (left + wide + 30, centre[1]))
    board.across(left, left + wide, centre[1] + radius, centre[1] + radius + 60, figure(thickness))
    board.upright(centre[1] - radius, centre[1] + radius, left + wide, left + wide + 70, f"Ø{figure(d)} -0.2/-0.4")
    board.leader((centre[0] + 120 + 18, centre[1] - 138), (690, 150), "4× M6")
    board.leader((centre[0] - 68, centre[1] - 68), (230, 110), "Ø36")


def spring(board: Board, d: float, length: float) -> None:
    """A die spring of flat wire."""
    half, turns = 105.0, 9
    pitch = (RIGHT - LEFT) / turns
    for number in range(turns):
        x = LEFT + number * pitch
        wire = [
            (x, AXIS + half), (x + pitch * 0.42, AXIS + half), (x + pitch * 0.92, AXIS - half),
            (x + pitch * 0.5, AXIS - half),
        ]  # fmt: skip
        board.shape(wire, fill=240)
    for x in (LEFT - 12, RIGHT + 2):
        board.box(x, AXIS - half, x + 14, AXIS + half, fill=240)
    board.dashed((LEFT - 30, AXIS), (RIGHT + 40, AXIS))
    for radius in (half, half - 34, half * 0.5):
        board.circle((END, AXIS), radius)
    board.cross((END, AXIS), half + 22)
    below = AXIS + half
    board.across(LEFT - 12, RIGHT + 16, below, below + 80, f"L0 {figure(length)}")
    board.upright(AXIS - half, AXIS + half, RIGHT + 16, RIGHT + 70, f"Ø{figure(d)}")
    board.leader((END + half * 0.35, AXIS - half * 0.35), (END + 50, AXIS - half - 60), f"Ø{figure(d / 2)}")


def o_ring(board: Board, inner: float, cord: float) -> None:
    """An O-ring: from above, and its cord cut."""
    centre, radius = (400.0, 390.0), 200.0
    thick = max(18.0, min(60.0, cord / inner * 400))
    board.circle(centre, radius + thick, fill=238)
    board.circle(centre, radius, fill=PAPER)
    board.circle(centre, radius + thick / 2, weight=1.2, shade=160)
    board.cross(centre, radius + thick + 30)
    x = 900.0
    for y in (centre[1] - radius - thick / 2, centre[1] + radius + thick / 2):
        board.circle((x, y), thick / 2, fill=200)
        board.cross((x, y), thick / 2 + 14)
    board.upright(centre[1] - radius, centre[1] + radius, x, x + 110, f"Ø{figure(inner)}")
    top = centre[1] + radius + thick
    board.across(x - thick / 2, x + thick / 2, top - thick / 2, top + 60, f"Ø{figure(cord)}")
