"""The service under load: server and load generator on one machine, over loopback, for bounded times."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from . import machine
from .service_client import Connection, Tally, connect, flood, steady, stream
from .speed_clock import load
from .speed_texts import make

HOST = "127.0.0.1"
WARM = 3.0
_TEXTS = 2000
_BUSY = (
    "The machine was busy with other work, so rates and latencies are not what the service can do; the "
    "processor's time for each request is."
)
_PATH = "/v1/classify"


def run(seconds: float = 5.0, workers: int = 2, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Measure everything and write results/service.json; each phase takes `seconds`."""
    busy = load()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), workers) as (port, process):
        found = asyncio.run(_measure(port, process, seconds))
    result: dict[str, Any] = {
        **machine.context(()),
        "load_before": busy,
        "load_after": load(),
        "note": _BUSY if busy["1min"] > (os.cpu_count() or 1) / 2 else "",
        "workers": workers,
        "seconds_a_phase": seconds,
        "texts": "made from the sample requests, about 110 characters, 20% with an operator's formulas",
        **found,
    }
    path = machine.write("service", result)
    for name, line in _lines(found):
        say(f"{name:34} {line}")
    say(f"written: {path.name}")
    return result


@contextmanager
def serving(folder: Path, workers: int) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Serve with the packaged model, limits as they ship but for the rate; stop it at the end."""
    log = folder / "log"
    command = [sys.executable, "-m", "hotline_nlp", "serve", "--no-auth", "--port", "0"]
    command += ["--workers", str(workers), "--data", str(folder), "--rate", "1e9"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        while not (found := re.search(r"serving on \S+:(\d+)", log.read_text())):
            if process.poll() is not None:
                raise RuntimeError(log.read_text())
            time.sleep(0.1)
        await_ready(int(found[1]), process)
        yield int(found[1]), process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def await_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a worker takes requests, and some seconds more for the others."""
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=10):
                time.sleep(WARM)
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the service ended before it was ready")


def request(text: str) -> bytes:
    """Return one classification as it goes over the wire."""
    body = json.dumps({"text": text}, ensure_ascii=False).encode()
    head = f"POST {_PATH} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def _measure(port: int, process: subprocess.Popen[bytes], seconds: float) -> dict[str, Any]:
    texts = make(_TEXTS)
    requests = itertools.cycle([request(text) for text in texts])
    for _ in range(20):  # until both workers have compiled what they compile
        await flood(HOST, port, requests, seconds=WARM / 20, connections=16)
    await _streams(port, texts, 2, 4)
    found: dict[str, Any] = {}

    async def phase(name: str, work: Awaitable[dict[str, Any]]) -> None:
        before = cpu_seconds(process.pid)
        measured = await work
        spent = cpu_seconds(process.pid) - before
        count = measured.get("texts") or measured["requests"]
        found[name] = {**measured, "workers_cpu_microseconds_each": round(1e6 * spent / count, 1)}

    for rate in (1000, 1500, 2000):
        steadily = steady(HOST, port, requests, rate=rate, seconds=seconds, connections=48)
        await phase(f"steady_{rate}", _summary(steadily))
    await phase("closed_loop_32", _summary(flood(HOST, port, requests, seconds=seconds, connections=32)))
    for count in (1, 2):
        for repeat in range(1, 4):
            await phase(f"streams_{count}_repeat_{repeat}", _streams(port, texts, count, 10))
    await phase(
        "overload_1000_connections", _summary(flood(HOST, port, requests, seconds=seconds, connections=1000))
    )
    await phase("alone_after_overload", _alone(port, next(requests)))
    await phase("steady_500_with_2_reloads", _reloading(port, process, requests, seconds))
    return found


async def _summary(work: Awaitable[Tally]) -> dict[str, Any]:
    return (await work).summary()


def cpu_seconds(parent: int) -> float:
    """Return the processor's seconds that a process's children have used, 0 where /proc is missing."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK") if ticks else 0.0


async def _alone(port: int, one: bytes) -> dict[str, Any]:
    """Ask alone on one connection."""
    connection: Connection = await connect(HOST, port)
    tally = Tally()
    began = time.perf_counter()
    for _ in range(200):
        at = time.perf_counter()
        tally.add(await connection.ask(one), time.perf_counter() - at)
    tally.elapsed = time.perf_counter() - began
    connection.transport.close()
    return tally.summary()


async def _streams(port: int, texts: Sequence[str], count: int, times: int) -> dict[str, Any]:
    """Send `count` streams at a time, each the texts `times` over."""
    lines = [json.dumps(text, ensure_ascii=False) + "\n" for text in texts]
    pieces = ["".join(lines[i : i + 250]).encode() for i in range(0, len(lines), 250)] * times
    head = (
        f"POST /v1/batch/stream HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/x-ndjson\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    ).encode()
    began = time.perf_counter()
    done = await asyncio.gather(*(stream(HOST, port, head, pieces) for _ in range(count)))
    elapsed = time.perf_counter() - began
    answered = sum(lines_ for lines_, _ in done)
    return {
        "texts": answered,
        "missing": count * times * len(texts) - answered,
        "per_second": round(answered / elapsed),
    }


async def _reloading(
    port: int, process: subprocess.Popen[bytes], requests: Iterator[bytes], seconds: float
) -> dict[str, Any]:
    """Load the model again, twice, while requests come in steadily."""

    async def reload() -> None:
        for _ in range(2):
            await asyncio.sleep(seconds / 3)
            os.kill(process.pid, signal.SIGHUP)

    asked: Awaitable[None] = asyncio.ensure_future(reload())
    tally = await steady(HOST, port, requests, rate=500, seconds=seconds, connections=48)
    await asked
    return tally.summary()


def _lines(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in found.items():
        each = f"{value['workers_cpu_microseconds_each']:,} us of CPU each"
        if "texts" in value:
            yield name, f"{value['per_second']:>9,} texts a second, {each}"
        else:
            p99 = value["milliseconds"].get("200", {}).get("p99")
            yield (
                name,
                f"{value['per_second']:>9,} a second, p99 {p99} ms, {value['errors']} not 200, {each}",
            )
