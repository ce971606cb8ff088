"""The load generator counts what a real service answers."""

import asyncio
import itertools
import json
from pathlib import Path

from service_app import running

from benchmarks.service import request
from benchmarks.service_client import Tally, flood, quantiles, steady, stream
from hotline_nlp.service.settings import Settings


def test_quantiles_are_in_milliseconds() -> None:
    found = quantiles([n / 1000 for n in range(1, 1001)])
    assert (found["p50"], found["p99"], found["max"]) == (501.0, 991.0, 1000.0)


def test_a_summary_counts_what_is_not_answered() -> None:
    tally = Tally(elapsed=2.0)
    for status in (200, 200, 503, 0):
        tally.add(status, 0.01)
    found = tally.summary()
    assert (found["requests"], found["errors"], found["per_second"]) == (4, 2, 1.0)


def test_load_reaches_the_service_and_comes_back(tmp_path: Path) -> None:
    requests = itertools.cycle([request("路灯坏了，晚上看不见路"), request("公交车到站不停")])
    with running(Settings(data=tmp_path, auth=False)) as live:
        host, port = live.http.base_url.host, live.http.base_url.port or 0
        even = asyncio.run(steady(host, port, requests, rate=50, seconds=0.4, connections=4)).summary()
        most = asyncio.run(flood(host, port, requests, seconds=0.3, connections=4)).summary()
        pieces = [(json.dumps(f"第{n}盏路灯坏了") + "\n").encode() * 7 for n in range(30)]
        head = b"POST /v1/batch/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\n"
        lines, _ = asyncio.run(stream(host, port, head + b"Transfer-Encoding: chunked\r\n\r\n", pieces))
        refused, _ = asyncio.run(stream(host, port, head + b"Origin: http://x.example\r\n\r\n", []))
    assert (even["requests"], even["errors"]) == (20, 0)
    assert most["requests"] >= 4
    assert most["errors"] == 0
    assert (lines, refused) == (210, 0)
