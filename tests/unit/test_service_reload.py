"""What a reload takes up: the city pack as it is on disk now, or nothing of a broken one."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from service_app import Running, running

from hotline_nlp.pack import load_pack
from hotline_nlp.service.settings import Settings

UNIT = "昭山河道管护中心"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "pack"
    shutil.copytree(load_pack().folder, folder)
    return folder


@pytest.fixture
def live(tmp_path: Path, pack: Path) -> Iterator[Running]:
    with running(Settings(data=tmp_path / "data", city=str(pack))) as found:
        yield found


def add_unit(pack: Path, row: str) -> None:
    with (pack / "units.csv").open("a", encoding="utf-8") as stream:
        stream.write(row + "\n")


def reload(live: Running) -> None:
    """Ask for a reload and wait until this worker is through with it."""
    ended: list[int] = []
    inner: Callable[[], object] = live.state.models.reload

    def noted() -> object:
        try:
            return inner()
        finally:
            ended.append(1)

    live.state.models.reload = noted  # type: ignore[method-assign,assignment]
    headers = {"Authorization": f"Bearer {live.admin}"}
    assert live.http.post("/v1/admin/reload", headers=headers).status_code == 202
    end = time.monotonic() + 60
    while not ended:
        assert time.monotonic() < end
        time.sleep(0.02)
    live.state.models.reload = inner  # type: ignore[method-assign,assignment]


def units(live: Running) -> set[str]:
    found = live.http.get("/v1/console/start", headers=live.headers).json()
    return {unit["name"] for unit in found["units"]}


def test_a_reload_takes_up_an_edited_pack_and_refuses_a_broken_one(live: Running, pack: Path) -> None:
    assert UNIT not in units(live)
    add_unit(pack, f"heguan,{UNIT},,市直,市水利局,,市")
    reload(live)
    assert UNIT in units(live)

    served = live.state.classifier
    add_unit(pack, "heguan,又一个中心,,市直,市水利局,,市")  # an id that stands twice
    reload(live)
    assert live.state.classifier is served
    assert UNIT in units(live)
    assert live.http.post("/v1/classify", json={"text": "路灯坏了"}, headers=live.headers).status_code == 200
