"""Trim a multilingual encoder to the pieces that a text file uses: most of such a model is its vocabulary.

python -m training.trim_vocab BASE TEXTS.txt OUT [--least 1] [--half]

BASE is a folder or a hub name of an encoder whose tokenizer.json holds a Unigram (sentencepiece) model, as
XLM-R's and multilingual-e5's do; TEXTS.txt has one text a line. Kept are the special tokens, the pieces that
the texts use at least `--least` times, and every piece of one Han character, ASCII or mark, so that none of
these gets lost. A Unigram model cuts a text by its best path: with `--least 1` all pieces of that path stay,
so the texts are cut as before and the encoder says of them exactly what it said.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

SPACE = "▁"
_BATCH = 1000


def used(tokenizer: Any, lines: Iterable[str]) -> Counter[int]:
    """Return how often the lines use each piece."""
    counts: Counter[int] = Counter()
    batch: list[str] = []
    for line in lines:
        batch.append(line.rstrip("\n"))
        if len(batch) >= _BATCH:
            counts.update(n for row in tokenizer.encode_batch(batch) for n in row.ids)
            batch = []
    counts.update(n for row in tokenizer.encode_batch(batch) for n in row.ids)
    return counts


def plain(piece: str) -> bool:
    """Tell whether a piece is one character that any Chinese text may hold."""
    body = piece.removeprefix(SPACE)
    if len(body) != 1:
        return piece == SPACE
    code = ord(body)
    return code < 0x7F or 0x3000 <= code < 0x3040 or 0x3400 <= code < 0xA000 or 0xFF00 <= code < 0xFFF0


def kept_pieces(spec: dict[str, Any], counts: Counter[int], least: int) -> list[int]:
    """Return the numbers of the pieces to keep, in order."""
    special = {token["id"] for token in spec["added_tokens"]} | {spec["model"]["unk_id"], *range(4)}
    return [
        number
        for number, (piece, _) in enumerate(spec["model"]["vocab"])
        if number in special or counts[number] >= least or plain(piece)
    ]


def trimmed(spec: dict[str, Any], kept: Sequence[int]) -> dict[str, Any]:
    """Return the tokenizer with the kept pieces alone, all its numbers told anew."""
    new = {old: number for number, old in enumerate(kept)}
    model = {**spec["model"], "vocab": [spec["model"]["vocab"][old] for old in kept]}
    model["unk_id"] = new[spec["model"]["unk_id"]]
    added = [{**token, "id": new[token["id"]]} for token in spec["added_tokens"]]
    processor = json.loads(json.dumps(spec["post_processor"]))
    for token in (processor or {}).get("special_tokens", {}).values():
        token["ids"] = [new[old] for old in token["ids"]]
    return {**spec, "model": model, "added_tokens": added, "post_processor": processor}


def trim(base: Path, texts: Path, out: Path, *, least: int = 1, half: bool = False) -> tuple[int, int]:
    """Write the trimmed encoder into a folder; return the count of pieces before and after.

    Raises SystemExit where the tokenizer is no Unigram model or has tokens that its model lacks.
    """
    import torch
    from tokenizers import Tokenizer
    from transformers import AutoModel

    raw = (base / "tokenizer.json").read_text("utf-8")
    spec = json.loads(raw)
    size = len(spec["model"].get("vocab", ()))
    if spec["model"].get("type") != "Unigram":
        raise SystemExit(f"error: {base} has a {spec['model'].get('type')} tokenizer: give one with Unigram.")
    if any(token["id"] >= size for token in spec["added_tokens"]):
        raise SystemExit(f"error: {base} has added tokens outside its vocabulary: give one without them.")
    with texts.open(encoding="utf-8") as lines:
        kept = kept_pieces(spec, used(Tokenizer.from_str(raw), lines), least)
    model = AutoModel.from_pretrained(str(base), add_pooling_layer=False, local_files_only=True).float()
    words = model.get_input_embeddings().weight.data[torch.tensor(kept)]
    new = {old: number for number, old in enumerate(kept)}
    for name in ("pad_token_id", "bos_token_id", "eos_token_id"):
        old = getattr(model.config, name, None)
        setattr(model.config, name, new.get(old) if old is not None else None)
    model.set_input_embeddings(
        torch.nn.Embedding.from_pretrained(words, padding_idx=model.config.pad_token_id)
    )
    model.config.vocab_size = len(kept)
    (model.half() if half else model).save_pretrained(str(out))
    text = json.dumps(trimmed(spec, kept), ensure_ascii=False, separators=(",", ":"))
    (out / "tokenizer.json").write_text(text, "utf-8")
    return size, len(kept)


def main(argv: Sequence[str] | None = None) -> None:
    """Read the command line and trim."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("base", help="folder or hub name of the encoder")
    parser.add_argument("texts", type=Path, help="one text a line")
    parser.add_argument("out", type=Path, help="the folder to write")
    parser.add_argument("--least", type=int, default=1, help="keep pieces that are used at least so often")
    parser.add_argument("--half", action="store_true", help="store float16")
    options = parser.parse_args(argv)
    from .encoder import base_model

    if not options.texts.is_file():
        parser.error(f"there is no file {options.texts}")
    before, after = trim(
        base_model(options.base), options.texts, options.out, least=options.least, half=options.half
    )
    print(f"kept {after:,} of {before:,} pieces in {options.out}")


if __name__ == "__main__":
    main()
