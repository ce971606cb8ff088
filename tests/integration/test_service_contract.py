"""The running service does what its OpenAPI document says: schemathesis sends right and wrong requests."""

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from service_process import Served, make_key, served

OPERATIONS = (
    ("POST", "/v1/classify"),
    ("POST", "/v1/batch"),
    ("POST", "/v1/batch/stream"),
    ("POST", "/v1/feedback"),
    ("GET", "/v1/labels"),
    ("GET", "/v1/model"),
    ("POST", "/v1/admin/reload"),
    ("GET", "/v1/schema"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
)
BOUNDED = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    data = tmp_path_factory.mktemp("contract")
    key = make_key(data, "--admin")
    with served(data, "--workers", "1", "--max-text", "300") as found:
        yield found, key


@pytest.fixture(scope="module")
def api(live: tuple[Served, str]) -> schemathesis.BaseSchema:
    load_all_checks()
    return schemathesis.openapi.from_url(f"{live[0].url}/openapi.json")


@schemathesis.serializer("application/x-ndjson")
def lines(_: object, value: object) -> bytes:
    """Send what schemathesis made as it is."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def test_every_operation_is_tried(api: schemathesis.BaseSchema) -> None:
    found = [result.ok() for result in api.get_all_operations()]
    assert sorted((one.method.upper(), one.path) for one in found) == sorted(OPERATIONS)
    assert {check.__name__ for check in CHECKS.get_all()} >= {
        "not_a_server_error",
        "status_code_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
        "ignored_auth",
    }


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_an_operation_keeps_its_contract(
    method: str, path: str, mode: GenerationMode, api: schemathesis.BaseSchema, live: tuple[Served, str]
) -> None:
    operation = api[path][method]
    if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query):
        return  # it takes nothing that could be wrong

    # Any line may be sent: one that can't be read is answered by a reject.
    excluded = [CHECKS.get_one("negative_data_rejection")] if path.endswith("/stream") else []

    @BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode))
    def tried(case: schemathesis.Case) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {live[1]}"}, excluded_checks=excluded)

    tried()
