from __future__ import annotations

import re
from collections import Counter

import pytest

from hotline_nlp.pack import load_pack
from hotline_nlp.samples import load_samples
from hotline_nlp.taxonomy import corpora_root, load_taxonomy

SAMPLES = load_samples()
TAXONOMY = load_taxonomy()
AREAS = {place.short for place in load_pack().places if place.level == "area"}


def of(**wanted: str) -> list[dict[str, str]]:
    return [s for s in SAMPLES if all(s[key] == value for key, value in wanted.items())]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s["id"])
def test_labels_are_of_the_taxonomy(sample: dict[str, str]) -> None:
    assert sample["type"] in {x.label for x in TAXONOMY.types}
    assert sample["topic"] in {x.label for x in TAXONOMY.topics}
    assert sample["unit"] in {x.label for x in TAXONOMY.unit_functions}
    assert sample["urgent"] in {"0", "1"}
    assert sample["place"] in AREAS | {""}
    order = [x.label for x in TAXONOMY.flags]
    flags = [] if sample["flags"] == "-" else sample["flags"].split(",")
    assert flags == sorted(set(flags), key=order.index)


def test_ids_and_texts_are_unique() -> None:
    assert len({s["id"] for s in SAMPLES}) == len({s["text"] for s in SAMPLES}) == len(SAMPLES) >= 90


def test_coverage() -> None:
    types = Counter(s["type"] for s in SAMPLES)
    assert len(types) == 5 and min(types.values()) >= 8
    assert {s["topic"] for s in SAMPLES} == {x.label for x in TAXONOMY.topics}
    assert {s["unit"] for s in SAMPLES} == {x.label for x in TAXONOMY.unit_functions}
    flags = Counter(flag for s in SAMPLES for flag in s["flags"].split(","))
    assert all(flags[x.label] >= 3 for x in TAXONOMY.flags)
    assert len(of(urgent="1")) >= 8
    assert {s["place"] for s in SAMPLES} >= {"雨湖区", "岳塘区", "湘潭县", "湘乡市", "韶山市", "湘潭高新区"}


def test_texts_vary_in_form() -> None:
    texts = [s["text"] for s in SAMPLES]
    lengths = [len(text) for text in texts]
    assert min(lengths) < 20 and max(lengths) > 70
    assert any(text.startswith("市民来电反映：") for text in texts)
    assert any(len(text) > 60 and not re.search("[，。！？；、]", text) for text in texts)
    assert sum(bool(re.search("冇|哒|么子|崽|咯", text)) for text in texts) >= 10
    assert any(re.search(r"[a-z]{4,}", text) for text in texts)


def test_datasheet_counts_what_is_there() -> None:
    text = (corpora_root() / "README.md").read_text(encoding="utf-8")
    pack = load_pack()
    assert f"| labelled sample requests | {len(SAMPLES)} |" in text
    assert (
        f"{len(pack.units)} units, 8 + 70 + 957 divisions, {len(pack.known_places)} known places, "
        f"{len(pack.duties)} duty clauses, {len(pack.tags)} tags"
    ) in text
    assert all(f"`{path.name}`" in text for path in (corpora_root() / "xiangtan").iterdir())


def test_personal_numbers_are_made_up() -> None:
    numbers = [number for s in SAMPLES for number in re.findall(r"\d{11,}", s["text"])]
    assert len(numbers) >= 4
    assert all("0000" in n or re.search(r"(\d)\1{3}", n) for n in numbers)


def test_the_three_cases_of_the_bulletin() -> None:
    dust = of(topic="环境保护", place="雨湖区", unit="市生态环境局")
    assert any("鹤岭镇红星村" in s["text"] and s["type"] == "投诉" for s in dust)
    heating = of(topic="燃气供暖", place="湘潭高新区", type="求助")
    assert any("天元美居乐四期珑庭" in s["text"] for s in heating)
    praise = of(topic="公共交通", unit="市城发集团", type="其他", flags="表扬")
    assert any("32路" in s["text"] for s in praise)


def test_guideline_rulings_hold() -> None:
    for sample in SAMPLES:
        if sample["flags"] != "-" and "表扬" in sample["flags"]:
            assert sample["type"] == "其他"
        if "举报" in sample["text"]:
            assert "举报" in sample["flags"] and sample["type"] == "投诉"
        if "烟草证" in sample["text"]:
            assert (sample["topic"], sample["unit"]) == ("商务流通", "其他单位")
