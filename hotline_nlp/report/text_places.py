"""四、区域分布: the city's areas, as a table and as a map of tiles."""

from __future__ import annotations

from .blocks import Block, Paragraph, Picture
from .charts import tile_map
from .figures import Figures
from .text_overall import table
from .tiles import Tiles
from .wording import listed, number


def places(figures: Figures, tiles: Tiles) -> list[Block]:
    """Return the section's blocks."""
    districts = figures.districts
    if districts is None:
        return [Paragraph(figures.absent["districts"])]
    text = f"能够确定区域的诉求{number(districts.whole)}件，分布为：{listed(districts.lines)}。"
    if districts.blank:
        text += f"另有{number(districts.blank)}件不能确定区域。"
    found: list[Block] = [Paragraph(text)]
    png = tile_map(tiles, districts.lines)
    if png is not None:
        found.append(
            Picture("各区域诉求量示意图（方块为相对位置，颜色越深诉求越多）", png, listed(districts.lines))
        )
    return [*found, table("各区域诉求", "区域", districts.lines, figures)]
