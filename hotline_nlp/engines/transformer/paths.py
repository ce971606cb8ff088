"""Choose how the network computes on this processor: the fastest way that is exact enough."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from ..._require import require
from ...errors import InputError

Path = Literal["bf16", "int8", "fp32"]
"""bfloat16 weights and activations; int8 weights and activations, each token scaled anew; float32."""


def torch_of() -> Any:
    """Return torch; raise MissingExtra where it is not installed."""
    return require("torch", "transformer")


def processor() -> dict[str, bool]:
    """Return which matrix instructions torch can use here."""
    cpu = torch_of().cpu
    names = {
        "amx": "_is_amx_tile_supported",
        "avx512_bf16": "_is_avx512_bf16_supported",
        "vnni": "_is_vnni_supported",
    }
    return {name: bool(getattr(cpu, test, lambda: False)()) for name, test in names.items()}


def choose(exact: Collection[str] = ("bf16", "int8")) -> Path:
    """Return bf16 on AMX or AVX512-BF16, else int8 on VNNI, else fp32; only what is `exact` enough."""
    found = processor()
    if (found["amx"] or found["avx512_bf16"]) and "bf16" in exact:
        return "bf16"
    return "int8" if found["vnni"] and "int8" in exact else "fp32"


def device_of(name: str | None) -> str:
    """Return the device to run on; raise InputError where torch has none of that name."""
    wanted, torch = name or "cpu", torch_of()
    try:
        kind = torch.device(wanted).type
        if kind == "cuda" and not torch.cuda.is_available():
            raise RuntimeError("no CUDA device")
        if kind not in ("cpu", "cuda"):
            raise RuntimeError("not supported")
    except RuntimeError as error:
        raise InputError(
            f"there is no device {wanted!r} here: use 'cpu', 'cuda' or leave device out."
        ) from error
    return wanted
