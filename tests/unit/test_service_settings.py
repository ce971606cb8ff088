from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_nlp.errors import ServiceError
from hotline_nlp.service.hosts import host_name
from hotline_nlp.service.settings import Settings


@given(
    st.integers(1, 65535),
    st.booleans(),
    st.lists(st.from_regex(r"[a-z]{1,8}\.[a-z]{2,3}", fullmatch=True), max_size=3),
    st.floats(0.1, 1e6),
)
def test_settings_come_back_from_the_environment(
    port: int, auth: bool, hosts: list[str], rate: float
) -> None:
    given_ = Settings(port=port, auth=auth, hosts=tuple(hosts), rate=rate, data=Path("/x/y"), run=Path("/z"))
    assert Settings.from_env(given_.to_env()) == given_


def test_an_empty_environment_is_the_default_on_loopback() -> None:
    found = Settings.from_env({})
    assert found == Settings()
    assert found.loopback()
    assert found.auth


@pytest.mark.parametrize(("name", "value"), [("PORT", "eighty"), ("AUTH", "maybe"), ("RATE", "fast")])
def test_a_variable_that_is_no_value_is_named(name: str, value: str) -> None:
    with pytest.raises(ServiceError, match=f"HOTLINE_NLP_{name}"):
        Settings.from_env({f"HOTLINE_NLP_{name}": value})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "hotline.example"])
def test_no_keys_no_network(host: str) -> None:
    assert Settings(host=host).host == host
    with pytest.raises(ServiceError, match="leave out --no-auth"):
        Settings(host=host, auth=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_no_keys_on_loopback(host: str) -> None:
    assert Settings(host=host, auth=False).loopback()


def test_limits_must_be_limits() -> None:
    with pytest.raises(ServiceError, match="workers is 0"):
        Settings(workers=0)
    with pytest.raises(ServiceError, match="--tls-cert and --tls-key"):
        Settings(tls_cert=Path("a.pem"))


@pytest.mark.parametrize("port", [-1, 65536, 99999])
def test_a_port_that_is_none_is_named(port: int) -> None:
    with pytest.raises(ServiceError, match=f"port is {port}: give a number from 0"):
        Settings(port=port)


@pytest.mark.parametrize(
    ("given_", "name"),
    [
        ("Hotline.Example", "hotline.example"),
        ("hotline.example:8000", "hotline.example"),
        ("[FD00::0:1]:8000", "fd00::1"),
        ("[fd00::1]", "fd00::1"),
        ("FD00:0::1", "fd00::1"),
        ("10.1.2.3:80", "10.1.2.3"),
        ("", ""),
        ("[::1", ""),
    ],
)
def test_a_host_has_one_name(given_: str, name: str) -> None:
    assert host_name(given_) == name


@pytest.mark.parametrize("name", ["https://hotline.example", "[::1", "hotline.example/api", ":8000", "a b"])
def test_an_allowed_host_must_be_one(name: str) -> None:
    with pytest.raises(ServiceError, match="no host's name: give --allowed-host"):
        Settings(hosts=(name,))
