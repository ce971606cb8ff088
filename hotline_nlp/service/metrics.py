"""Prometheus metrics; those of several workers are added up through their shared folder."""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

SHARED = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics:
    """Counts of one worker; labels are few and never come from a client."""

    def __init__(self) -> None:
        """Start at nothing."""
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "hotline_requests", "Requests by route and status.", ("route", "status"), registry=registry
        )
        self.seconds = Histogram(
            "hotline_request_seconds", "Time to answer.", ("route",), buckets=_SECONDS, registry=registry
        )
        self.texts = Counter("hotline_texts", "Texts read by decision.", ("decision",), registry=registry)
        self.batches = Histogram(
            "hotline_batch_texts",
            "Texts read together.",
            buckets=(1, 2, 4, 8, 16, 32, 64),
            registry=registry,
        )
        self.feedback = Counter("hotline_feedback", "Feedback by kind.", ("kind",), registry=registry)
        self.reloads = Counter("hotline_reloads", "Model loads by outcome.", ("outcome",), registry=registry)

    def page(self) -> bytes:
        """Return the metrics of all workers as text for Prometheus."""
        if not os.environ.get(SHARED):
            return generate_latest(self.registry)
        every = CollectorRegistry()
        MultiProcessCollector(every)  # type: ignore[no-untyped-call]
        return generate_latest(every)
