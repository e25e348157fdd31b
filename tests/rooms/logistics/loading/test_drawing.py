"""The picture: well-formed, self-contained, in the reader's language, and safe with hostile names."""

import random
from dataclasses import replace

from lxml import etree

from app.kit.locales import LOCALES
from app.logistics.loading.cargo import Load, LoadSpace, Placed, Turn
from app.logistics.loading.drawing import _back_to_front, draw
from app.logistics.loading.solving import Effort, plan_load
from tests.proofs.br_instances import instance
from tests.proofs.load_plans import SPACE
from tests.rooms.logistics.loading.cargoes import box

_NS = "{http://www.w3.org/2000/svg}"


def test_the_picture_shows_every_box_in_three_views_and_fetches_nothing() -> None:
    boxes = instance(2, 1).box_types()
    load = plan_load(boxes, [SPACE], Effort(rounds=2)).loads[0]
    for locale in LOCALES:
        root = etree.fromstring(draw(load, locale).encode())
        assert root.get("role") == "img" and root.get("aria-labelledby") == "title desc"
        assert root.findtext(f"{_NS}title") and root.findtext(f"{_NS}desc")
        assert {element.tag.removeprefix(_NS) for element in root.iter()} <= {
            "svg", "title", "desc", "rect", "text", "g", "polygon", "circle", "path",
        }  # fmt: skip
        assert not any("href" in name or name.startswith("on") for element in root.iter() for name in element.attrib)
        views = root.findall(f"{_NS}g")
        shaded = [each for each in views[0].iter(f"{_NS}polygon") if each.get("fill-opacity")]
        assert len(shaded) == 2 * len(load.placed)
        for view in views[1:3]:
            assert len(list(view.iter(f"{_NS}rect"))) == 1 + len(load.placed)
        assert len(list(views[3].iter(f"{_NS}rect"))) == len({one.box for one in load.placed})


def test_hostile_names_are_escaped() -> None:
    nasty = replace(box("</text><script>alert(1)</script>", (900, 900, 900)), name="& \x00\ufffe'\"<b>")
    load = Load(LoadSpace("<x>", "<x> & 'y'", 3000, 2000, 2000), (Placed(nasty, 1, 0, 0, 0, Turn.LWH),))
    picture = draw(load, "en")
    root = etree.fromstring(picture.encode())
    assert root.find(f".//{_NS}script") is None
    assert root.findtext(f"{_NS}title") == "Load plan: <x> & 'y'"


def test_an_empty_load_is_drawn_empty() -> None:
    etree.fromstring(draw(Load(SPACE, ()), "ar").encode())


def test_what_hides_another_is_drawn_after_it() -> None:
    placed = list(plan_load(instance(5, 2).box_types(), [SPACE], Effort(rounds=1)).loads[0].placed)
    random.Random(2).shuffle(placed)
    ordered = _back_to_front(placed)
    assert sorted(map(id, ordered)) == sorted(map(id, placed))
    place = {id(one): at for at, one in enumerate(ordered)}
    looked = 0
    for one in placed:
        for other in placed:
            on_top = one.ends_mm[2] == other.z_mm and one.x_mm == other.x_mm and one.y_mm == other.y_mm
            looked += on_top
            assert not on_top or place[id(one)] < place[id(other)]
    assert looked > 10


def test_long_ids_are_cut_in_labels() -> None:
    long = replace(box("A-VERY-LONG-NAME-OF-A-BOX", (2000, 1500, 1000)))
    picture = draw(Load(SPACE, (Placed(long, 1, 0, 0, 0, Turn.LWH),)), "en")
    assert ">A-VERY-LONG…<" in picture
