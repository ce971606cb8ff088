"""What the service is told at its start: by flags, or by environment variables named HOTLINE_NLP_…."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from ..errors import ServiceError
from .hosts import is_host

PREFIX = "HOTLINE_NLP_"


def default_data() -> Path:
    """Return the folder of keys and feedback where none is named."""
    return Path.home() / ".hotline_nlp"


@dataclass(frozen=True, slots=True)
class Settings:
    """Addresses, folders and limits.

    `data` holds keys and feedback; `hosts` are names, beside the loopback ones, that requests may be
    addressed to; `max_body` is in bytes, `max_text` in characters, `max_texts` in texts a batch; `rate` is a
    key's requests a second. By worker: `inflight` requests at a time, `pending` texts waiting to be scored,
    `jobs` batches or streams at a time. `drain` and `patience` are seconds: what a stopping worker gives
    open requests, and what a silent client gets. `run` is a folder that the workers of one service share.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    model: str = "linear"
    city: str = "xiangtan"
    data: Path = field(default_factory=default_data)
    auth: bool = True
    hosts: tuple[str, ...] = ()
    max_body: int = 4 << 20
    max_text: int = 5000
    max_texts: int = 1000
    rate: float = 2000.0
    inflight: int = 256
    pending: int = 1024
    jobs: int = 4
    drain: int = 30
    patience: float = 30.0
    tls_cert: Path | None = None
    tls_key: Path | None = None
    run: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what can't be served safely."""
        for name in ("workers", "max_body", "max_text", "max_texts", "rate", "inflight", "pending", "jobs"):
            if not getattr(self, name) > 0:
                raise ServiceError(f"{name} is {getattr(self, name)}: give a number above 0.")
        if not 0 <= self.port <= 65535:
            raise ServiceError(f"port is {self.port}: give a number from 0, for a free one, to 65535.")
        for name in self.hosts:
            if not is_host(name):
                raise ServiceError(f"{name!r} is no host's name: give --allowed-host a name or an address.")
        if not self.auth and not self.loopback():
            raise ServiceError(
                f"without API keys the service is for this machine alone, and {self.host} is not its "
                "loopback address: leave out --no-auth, or bind 127.0.0.1."
            )
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ServiceError("TLS needs both files: give --tls-cert and --tls-key.")

    def loopback(self) -> bool:
        """Tell whether only this machine can reach the address."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def to_env(self) -> dict[str, str]:
        """Return environment variables from which `from_env` makes these settings again."""
        return {PREFIX + name.upper(): _written(value) for name, value in asdict(self).items()}

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> Settings:
        """Read HOTLINE_NLP_HOST, HOTLINE_NLP_PORT…; raise ServiceError for a value that is none."""
        given: dict[str, Any] = {}
        for one in fields(cls):
            raw = environment.get(PREFIX + one.name.upper(), "").strip()
            if not raw:
                continue
            try:
                given[one.name] = _READ[str(one.type)](raw)
            except (KeyError, ValueError) as error:
                name = PREFIX + one.name.upper()
                raise ServiceError(f"{name} is {raw!r}, which is no {one.type}.") from error
        return cls(**given)


_READ: dict[str, Any] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": lambda raw: {"1": True, "true": True, "0": False, "false": False}[raw.lower()],
    "Path": Path,
    "Path | None": Path,
    "tuple[str, ...]": lambda raw: tuple(part.strip() for part in raw.split(",") if part.strip()),
}


def _written(value: Any) -> str:
    if value is None:
        return ""
    return ",".join(value) if isinstance(value, tuple) else str(value)
