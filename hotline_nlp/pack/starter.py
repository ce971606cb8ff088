"""Write a new city pack to start from."""

from __future__ import annotations

import json
from pathlib import Path

from hotline_nlp.errors import InputError
from hotline_nlp.pack.load import load_pack
from hotline_nlp.pack.meta import FORMAT
from hotline_nlp.pack.tables import COLUMNS, KINDS
from hotline_nlp.taxonomy import corpora_root

TEMPLATES = ("empty", "xiangtan")
OPTIONAL = {
    "distractors": ("name", "kind"),
    "rules": ("id", "functions", "topics", "words", "areas", "unit", "co_units", "note"),
}
"""Tables that routing reads where a pack has them."""
COMMENTS = {
    "units": (
        f"承办单位。kind 为 {'、'.join(KINDS)} 之一；function 为单位职能标签；别名用竖线分隔。",
        "同一职能排在最前的一行为牵头单位；属地单位须填 area（places.csv 中的区划代码）。",
        "yuhu；雨湖区人民政府；雨湖区；县市区；属地；430302；县",
    ),
    "places": (
        "行政区划。level 为 area（县市区、园区）、town（乡镇街道）、village（村、社区）之一。",
        "parent 为上级代码，area 一级留空；short 为口语中的名称。",
    ),
    "known_places": ("小区、学校、医院、道路、公园等常用地名。area 必填，town 有把握才填。",),
    "renamed": ("撤并或更名的区划名称，以及它现在对应的代码。",),
    "duties": ("职责条款。unit 为单位职能标签或 units.csv 中的 id；topics 用竖线分隔。",),
    "distractors": (
        "易混词。kind 为 weak（也是日常用语的地名）、foreign（外地）、ignore（含地名但不是地点的词）之一。",
    ),
    "rules": (
        "派单目录，自上而下取第一条全部条件成立者。functions、topics、words、areas 各取其一成立，留空不限。",
        "areas 填区划代码，或填 any 表示须有明确地点；unit 与 co_units 填 units.csv 的 id 或职能标签。",
    ),
    "tags": ("专席标签。triggers 为触发词，topics 可留空，均用竖线分隔。",),
}


def init_pack(folder: str | Path, *, city: str, template: str = "empty") -> Path:
    """Write a starter pack that loads into a new or empty folder, and return the folder.

    template: "empty" (headers with comments) or "xiangtan" (a copy of the packaged pack to edit; its month's
    figures come along for 湘潭市 alone).
    Raises InputError for an unknown template, an empty city name or a folder that holds anything.
    """
    target = Path(folder)
    if template not in TEMPLATES:
        raise InputError(f"unknown template {template!r}; use one of {', '.join(TEMPLATES)}")
    if not city.strip():
        raise InputError("the city name is empty; give one, e.g. 株洲市")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(f"{target} exists and is not an empty folder; choose another folder")
    target.mkdir(parents=True, exist_ok=True)
    source = corpora_root() / "xiangtan" if template == "xiangtan" else None
    _write_meta(target, city.strip(), source)
    for name in (*COLUMNS, *OPTIONAL):
        _write_table(target / f"{name}.csv", source)
    if source is not None and city.strip() == load_pack(source).city:
        (target / "shares.json").write_bytes((source / "shares.json").read_bytes())
    return target


def _write_meta(target: Path, city: str, source: Path | None) -> None:
    meta = {
        "format": FORMAT,
        "id": target.resolve().name,
        "city": city,
        "province": "待填",
        "short_names": [city.removesuffix("市")],
        "schema_version": "1.0",
        "level_rules": [],
    }
    if source is not None:
        sample = json.loads((source / "pack.json").read_text(encoding="utf-8"))
        meta = {**sample, "id": meta["id"], "city": city}
    text = json.dumps(meta, ensure_ascii=False, indent=2) + "\n"
    (target / "pack.json").write_text(text, encoding="utf-8")


def _write_table(path: Path, source: Path | None) -> None:
    comments = "".join(f"# {line}\n" for line in COMMENTS[path.stem])
    if source is None:
        columns = COLUMNS[path.stem] if path.stem in COLUMNS else OPTIONAL[path.stem]
        body = ",".join(columns) + "\n"
    else:
        body = (source / path.name).read_text(encoding="utf-8")
    path.write_text(comments + body, encoding="utf-8", newline="\n")
