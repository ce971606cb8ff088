"""The charts' characters are characters: looked at on the pictures themselves."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.ft2font import FT2Font
from PIL import Image

import hotline_nlp.report.fonts as fonts
from hotline_nlp.pack import load_pack
from hotline_nlp.report import charts
from hotline_nlp.report.figures import Breakdown, Line
from hotline_nlp.report.shares import partition
from hotline_nlp.report.text_places import places
from hotline_nlp.report.tiles import read_tiles
from hotline_nlp.taxonomy import load_taxonomy

BOXES = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
"""A font without a Chinese character: it draws the same box for each."""


def lines(*labels: str) -> list[Line]:
    shares = partition([10 * (len(labels) - i) for i in range(len(labels))])
    return [Line(label, s.part, s, s.part - 1) for label, s in zip(labels, shares, strict=True)]


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(png)).convert("L"), np.float64)


def label_area(png: bytes) -> np.ndarray:
    """Return the left part of a bar chart, where the labels stand."""
    return pixels(png)[:, :200]


@pytest.fixture
def boxes(monkeypatch):
    """Draw in a font without Chinese characters, as if it had them."""
    monkeypatch.setattr(charts, "covering", lambda _: BOXES)


def test_different_labels_look_different():
    first = label_area(charts.bars(lines("消费维权", "社会保险"), now="2024年11月"))
    second = label_area(charts.bars(lines("物业管理", "通信服务"), now="2024年11月"))
    assert (first < 128).sum() > 500
    assert (np.abs(first - second) > 64).sum() > 500


@pytest.mark.filterwarnings("ignore:Glyph")
def test_boxes_would_be_noticed(boxes):
    first = label_area(charts.bars(lines("消费维权", "社会保险"), now="2024年11月"))
    second = label_area(charts.bars(lines("物业管理", "通信服务"), now="2024年11月"))
    assert (first < 128).sum() > 100
    assert (np.abs(first - second) > 64).sum() == 0


def glyph(font: FT2Font, character: str) -> bytes:
    font.clear()
    font.set_size(40, 72)
    font.set_text(character)
    font.draw_glyphs_to_bitmap()
    return np.asarray(font.get_image()).tobytes()


def test_no_label_of_the_product_is_drawn_as_a_box():
    font = FT2Font(str(fonts.PACKAGED))
    names = {x.label for group in (load_taxonomy().types, load_taxonomy().topics) for x in group}
    for city in ("xiangtan", "haikou"):
        pack = load_pack(city)
        names |= {place.short for place in pack.places}
        names |= {name for unit in pack.units for name in (unit.name, *unit.aliases)}
    used = sorted({c for name in names for c in name} | set("年月日件均占（）0123456789,.%+-"))
    assert len(used) > 700
    with pytest.warns(UserWarning, match="Glyph"):
        box = glyph(font, "\U0001f600")
    assert [c for c in used if glyph(font, c) == box] == []
    assert len({glyph(font, c) for c in used}) > 0.99 * len(used)


def test_the_packaged_font_is_chosen_and_says_its_licence():
    assert fonts.covering(("湘潭市",)) == fonts.PACKAGED
    assert "SIL OPEN FONT LICENSE Version 1.1" in (fonts.PACKAGED.parent / "OFL.txt").read_text("utf-8")


def test_without_a_font_that_has_the_characters_the_table_stands_alone(monkeypatch):
    monkeypatch.setattr(fonts, "font_files", lambda: (BOXES,))
    assert charts.bars(lines("消费维权"), now="2024年11月") is None
    assert charts.daily([1, 2], [2], mean=1.5) is None
    assert charts.trend(["甲"], [1]) is None
    assert charts.tile_map({"雨湖区": (0, 0)}, lines("雨湖区")) is None

    class Figures:
        districts = Breakdown(tuple(lines("雨湖区", "岳塘区")), 30)
        requests = Line("受理诉求", 30, districts.lines[0].share)

    kinds = [type(block).__name__ for block in places(Figures(), {"雨湖区": (0, 0)})]
    assert kinds == ["Paragraph", "Table"]


def test_a_font_of_the_system_steps_in_for_a_missing_file(monkeypatch, tmp_path):
    elsewhere = tmp_path / "elsewhere.otf"
    elsewhere.write_bytes(fonts.PACKAGED.read_bytes())
    monkeypatch.setattr(fonts, "font_files", lambda: (BOXES, elsewhere))
    assert fonts.covering(("湘潭市",)) == elsewhere
    assert fonts.covering(("\U0001f600\u3400",)) is None


def test_the_same_figures_give_the_same_picture():
    made = [charts.bars(lines("消费维权", "社会保险"), now="本月", before="上月") for _ in range(2)]
    assert made[0] == made[1] and made[0].startswith(b"\x89PNG")


def test_the_tile_map_is_darker_where_more_tickets_are():
    tiles = {"雨湖区": (0.0, 0.0), "岳塘区": (1.0, 0.0)}
    picture = pixels(charts.tile_map(tiles, lines("雨湖区", "岳塘区")))
    half = picture.shape[1] // 2
    assert np.median(picture[:, :half]) < np.median(picture[:, half:])
    assert charts.tile_map(tiles, []) is None


@pytest.mark.parametrize("city", ["xiangtan", "haikou"])
def test_every_area_has_a_tile_of_its_own(city):
    pack = load_pack(city)
    tiles = read_tiles(pack)
    assert set(tiles) == {place.short for place in pack.places if place.level == "area"}
    assert len(set(tiles.values())) == len(tiles)


def test_a_pack_without_tiles_gets_a_grid(monkeypatch, tmp_path):
    import dataclasses

    pack = dataclasses.replace(load_pack("xiangtan"), folder=tmp_path)
    tiles = read_tiles(pack)
    assert len(set(tiles.values())) == len(tiles) == 8


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("999,0,0", "is no area's code"),
        ("430302,x,0", "must be numbers"),
        ("430302,0,0\n430304,0,0", "is taken"),
    ],
)
def test_a_faulty_tile_is_refused(tmp_path, row, message):
    import dataclasses

    from hotline_nlp.errors import PackError

    (tmp_path / "tiles.csv").write_text(f"code,column,row\n{row}\n", "utf-8")
    with pytest.raises(PackError, match=message):
        read_tiles(dataclasses.replace(load_pack("xiangtan"), folder=tmp_path))
