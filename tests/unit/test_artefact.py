"""Model folders: what is written is read back, and everything else is refused with a sentence."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from hotline_nlp.artefact import FORMAT, MANIFEST, WEIGHTS, read_manifest, read_tensors, write_model
from hotline_nlp.engines.linear import LinearEngine, quantise
from hotline_nlp.errors import ModelCorrupt, ModelError, ModelNotFound, ModelTooNew

HEADS = [
    {"name": "type", "kind": "softmax", "labels": ["咨询", "求助"], "temperature": 1.5, "thresholds": []},
    {"name": "urgent", "kind": "sigmoid", "labels": ["urgent"], "temperature": 1.0, "thresholds": [0.5]},
]
POLICY = {
    "head": "type", "threshold": 0.5, "error_rate": 0.1, "delta": 0.05, "coverage": 1.0, "samples": 9,
}  # fmt: skip
FEATURES = {"order": 2, "bits": 6, "length": 50}
BASE = {"kind": "hotline_nlp/linear", "name": "tiny", "version": "1", "features": FEATURES, "heads": HEADS}


def tensors() -> dict[str, np.ndarray]:
    weights = np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32)
    codes, step = quantise(weights)
    return {"weights": codes, "step": step, "bias": np.zeros(3, np.float32)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "model"
    write_model(path, {**BASE, "decision": POLICY}, tensors(), "# card\n")
    return path


def edit(folder: Path, **changes: object) -> None:
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    manifest.update(changes)
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")


def test_round_trip(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert manifest["format"] == FORMAT
    found = read_tensors(folder, manifest)
    for name, array in tensors().items():
        assert np.array_equal(found[name], array)
    assert LinearEngine.load(folder).name == "tiny@1"
    assert sorted(p.name for p in folder.iterdir()) == ["README.md", MANIFEST, WEIGHTS]


def test_writing_again_replaces_the_folder_and_leaves_nothing_beside_it(folder: Path) -> None:
    write_model(folder, {**BASE, "version": "2", "decision": POLICY}, tensors(), "# card\n")
    assert LinearEngine.load(folder).name == "tiny@2"
    assert [p.name for p in folder.parent.iterdir()] == ["model"]


def test_a_failed_write_leaves_the_old_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        write_model(folder, {**BASE, "version": "2", "decision": POLICY}, tensors(), "# card\n")
    monkeypatch.undo()
    assert LinearEngine.load(folder).name == "tiny@1"
    assert [p.name for p in folder.parent.iterdir()] == ["model"]


def write(path: Path, version: str = "2") -> None:
    about = {**BASE, "version": version, "decision": POLICY}
    write_model(path, about, tensors(), "# card\n", reports={"report.md": f"# {version}\n"})


def test_what_is_no_part_of_the_model_stays_in_its_folder(folder: Path) -> None:
    (folder / "my-tickets.xlsx").write_bytes(b"mine")
    (folder / "months").mkdir()
    (folder / "months" / "may.json").write_text("{}", "utf-8")
    (folder / "tokenizer.json").write_text("{}", "utf-8")
    write(folder)
    assert LinearEngine.load(folder).name == "tiny@2"
    assert (folder / "my-tickets.xlsx").read_bytes() == b"mine"
    assert (folder / "months" / "may.json").read_text("utf-8") == "{}"
    assert not (folder / "tokenizer.json").exists()
    assert [p.name for p in folder.parent.iterdir()] == ["model"]


def test_a_link_stays_one_and_what_it_points_to_is_written(folder: Path) -> None:
    link = folder.with_name("link")
    link.symlink_to(folder, target_is_directory=True)
    write(link)
    assert link.is_symlink() and LinearEngine.load(folder).name == "tiny@2"
    assert sorted(p.name for p in folder.parent.iterdir()) == ["link", "model"]


def test_reports_are_written_with_the_model_or_not_at_all(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder)
    plain = Path.write_text

    def full(path: Path, *args: object, **options: object) -> int:
        if path.name == "report.md":
            raise OSError(28, "No space left on device")
        return plain(path, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        write(folder, "3")
    assert LinearEngine.load(folder).name == "tiny@2"
    assert (folder / "report.md").read_text("utf-8") == "# 2\n"
    assert [p.name for p in folder.parent.iterdir()] == ["model"]


def test_a_move_that_was_interrupted_loses_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "notes.txt").write_text("keep", "utf-8")
    folder.replace(folder.with_name(".model-old"))
    write(folder)
    assert (folder / "notes.txt").read_text("utf-8") == "keep"
    plain = Path.replace

    def fail(path: Path, target: Path) -> Path:
        if path.name != ".model-old" and Path(target).name == "model":
            raise OSError(5, "Input/output error")
        return plain(path, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="Input/output"):
        write(folder, "3")
    assert LinearEngine.load(folder).name == "tiny@2"
    assert (folder / "notes.txt").read_text("utf-8") == "keep"
    assert [p.name for p in folder.parent.iterdir()] == ["model"]


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match=r"manifest\.json"):
        LinearEngine.load(tmp_path)


@pytest.mark.parametrize("cut", [0, 10, 100])
def test_truncated_weights(folder: Path, cut: int) -> None:
    path = folder / WEIGHTS
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ModelCorrupt, match="cut short"):
        LinearEngine.load(folder)


def test_a_flipped_byte(folder: Path) -> None:
    raw = bytearray((folder / WEIGHTS).read_bytes())
    raw[-1] ^= 1
    (folder / WEIGHTS).write_bytes(raw)
    with pytest.raises(ModelCorrupt, match="changed after it was written"):
        LinearEngine.load(folder)


def test_weights_missing(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    with pytest.raises(ModelCorrupt, match="missing"):
        LinearEngine.load(folder)


def test_a_pickle_in_place_of_the_weights_is_never_opened(folder: Path, tmp_path: Path) -> None:
    import hashlib

    marker = tmp_path / "ran"

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (marker,)  # type: ignore[return-value]

    raw = pickle.dumps(Evil())
    (folder / WEIGHTS).write_bytes(raw)
    edit(folder, weights={"sha256": hashlib.sha256(raw).hexdigest()})
    with pytest.raises(ModelCorrupt, match="not a safetensors file"):
        LinearEngine.load(folder)
    assert not marker.exists()


def test_newer_format(folder: Path) -> None:
    edit(folder, format=FORMAT + 1)
    with pytest.raises(ModelTooNew, match="upgrade"):
        LinearEngine.load(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "somebody/else"},
        {"kind": 3},
        {"format": "1"},
        {"heads": []},
        {"heads": [{"name": "type"}]},
        {"heads": [{**HEADS[0], "temperature": 0}, HEADS[1]]},
        {"heads": [{**HEADS[0], "slope": 2}, HEADS[1]]},
        {"features": {"order": 2, "bits": 7, "length": 50}},
        {"features": {"unknown": 1}},
        {"features": {**FEATURES, "weighting": "tfidf"}},
        {"features": {**FEATURES, "weighting": "no such"}},
        {"weights": {}},
        {"weights": None},
    ],
)
def test_foreign_or_inconsistent_manifest(folder: Path, changes: dict[str, object]) -> None:
    edit(folder, **changes)
    with pytest.raises(ModelError) as caught:
        LinearEngine.load(folder)
    assert str(caught.value).count(". ") == 0
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff\xfe", b"null"])
def test_manifest_that_is_no_json_object(folder: Path, raw: bytes) -> None:
    (folder / MANIFEST).write_bytes(raw)
    with pytest.raises(ModelCorrupt, match="manifest"):
        LinearEngine.load(folder)


def test_no_pickle_on_the_loading_path() -> None:
    root = Path(__file__).resolve().parents[2] / "hotline_nlp"
    banned = ("import pickle", "joblib.load", "torch.load", "allow_pickle=True", "marshal", "cloudpickle")
    for path in root.rglob("*.py"):
        source = path.read_text("utf-8")
        assert not [word for word in banned if word in source], path
