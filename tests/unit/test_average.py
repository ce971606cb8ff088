"""The mean of checkpoints: of the same tensors alone, noted beside them; going on from a checkpoint."""

import json
from pathlib import Path

import pytest
from tiny_encoder import encoder_folder

pytestmark = pytest.mark.transformer
torch = pytest.importorskip("torch")

from training import average, checkpoint  # noqa: E402
from training.encoder import MultiHead  # noqa: E402

HEADS = {"type": 5, "unit": 3, "haikou_unit": 2}


def model(tmp_path: Path, heads: dict[str, int], layers: int = 0) -> MultiHead:
    folder = tmp_path / "encoder"
    return MultiHead(folder if folder.exists() else encoder_folder(folder), heads, layers=layers)


def written(path: Path, state: dict) -> Path:
    path.parent.mkdir(exist_ok=True)
    torch.save(state, path)
    return path


def test_the_mean_of_two(tmp_path) -> None:
    one, other = model(tmp_path, HEADS).state_dict(), model(tmp_path, {"type": 5, "unit": 3}).state_dict()
    a, b = written(tmp_path / "a" / "m.pt", {"model": one}), written(tmp_path / "b" / "m.pt", other)
    first = {"files": ["gold.csv"], "rows": {"gold": 7, "haikou": 3}, "settings": {"epochs": 1}}
    second = {"files": ["unlabelled.csv", "gold.csv"], "rows": {"gold": 9}, "settings": {"epochs": 2}}
    (tmp_path / "a" / "about.json").write_text(json.dumps(first))
    (tmp_path / "b" / "about.json").write_text(json.dumps(second))
    average.main([str(a), str(b), "--out", str(tmp_path / "c" / "m.pt")])
    found = checkpoint.load(tmp_path / "c" / "m.pt")
    assert not [name for name in found if "haikou" in name], "only one of the two has that head"
    for name, value in found.items():
        own = name.replace("heads.", "heads.head_")
        assert torch.allclose(value, (one[own] + other[own]) / 2), name
    about = json.loads((tmp_path / "c" / "about.json").read_text("utf-8"))
    assert about["files"] == ["gold.csv", "unlabelled.csv"]
    assert about["rows"] == {"gold": 9, "haikou": 3}
    assert [part["settings"]["epochs"] for part in about["checkpoints"]] == [1, 2]


def test_checkpoints_of_other_models_are_refused(tmp_path) -> None:
    a = written(tmp_path / "a.pt", model(tmp_path, HEADS).state_dict())
    fewer = written(tmp_path / "b.pt", model(tmp_path, HEADS, layers=1).state_dict())
    other = written(tmp_path / "c.pt", model(tmp_path, {**HEADS, "unit": 4}).state_dict())
    with pytest.raises(SystemExit, match=r"differ in \d+ tensors, encoder"):
        average.mean([a, fewer])
    with pytest.raises(SystemExit, match=r"heads.unit.\w+ has shape \(3.*\(4"):
        average.mean([a, other])
    (tmp_path / "d.pt").write_bytes(b"nothing of the kind")
    for path in (tmp_path / "d.pt", tmp_path / "none.pt", written(tmp_path / "e.pt", ["a list"])):
        with pytest.raises(SystemExit, match="is no checkpoint"):
            average.mean([a, path])
    with pytest.raises(SystemExit):
        average.main([str(a), "--out", str(tmp_path / "f.pt")])
    assert not (tmp_path / "f.pt").exists()


def test_going_on_from_a_checkpoint(tmp_path) -> None:
    old = model(tmp_path, {"type": 5, "unit": 3})
    with torch.no_grad():
        for parameter in old.parameters():
            parameter.add_(1.0)
    path = written(tmp_path / "a.pt", {"model": {k: v.half() for k, v in old.state_dict().items()}})
    new = model(tmp_path, HEADS)
    assert checkpoint.start(new, path) == ["haikou_unit"]
    for name, value in old.state_dict().items():
        assert torch.allclose(new.state_dict()[name], value, atol=2e-3), name
    for wrong in (model(tmp_path, HEADS, layers=1), model(tmp_path, {"type": 6, "unit": 3})):
        with pytest.raises(SystemExit, match="another encoder or other labels"):
            checkpoint.start(wrong, path)
