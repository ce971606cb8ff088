"""Tests of the transformer and of Ray are left out where what they need is not installed."""

from importlib.util import find_spec

import pytest

NEEDS = {"transformer": "torch", "ray": "ray"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for mark, library in NEEDS.items():
        if find_spec(library) is None:
            skip = pytest.mark.skip(reason=f"{library} is not installed: make test-{mark}")
            for item in items:
                if item.get_closest_marker(mark):
                    item.add_marker(skip)
