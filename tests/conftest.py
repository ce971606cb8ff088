"""Tests of the transformer are left out where torch is not installed."""

from importlib.util import find_spec

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if find_spec("torch") is None:
        skip = pytest.mark.skip(reason="torch is not installed: make test-transformer")
        for item in items:
            if item.get_closest_marker("transformer"):
                item.add_marker(skip)
