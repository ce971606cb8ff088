import hmac
import sqlite3
import stat
import time
from pathlib import Path

import pytest

from hotline_nlp.errors import InputError, ServiceError
from hotline_nlp.service import database
from hotline_nlp.service.database import FILE, open_database
from hotline_nlp.service.keys import KeyStore
from hotline_nlp.service.shared import Shared


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(open_database(tmp_path))


def test_a_key_is_known_by_its_secret_alone(keys: KeyStore) -> None:
    made = keys.create("平台", admin=True, rate=5)
    found = keys.verify(made)
    assert found is not None
    assert (found.name, found.admin, found.rate) == ("平台", True, 5.0)
    other = keys.create("另一个")
    swapped = made[:12] + other[12:]
    for wrong in ("", "x", made[:-1], made + "a", made.upper(), swapped, "hl_00000000_" + made[12:]):
        assert keys.verify(wrong) is None, wrong


def test_secrets_are_not_at_rest(keys: KeyStore, tmp_path: Path) -> None:
    made = keys.create("平台")
    secret = made.split("_", 2)[2].encode()
    keys.verify(made)
    files = [path.read_bytes() for path in tmp_path.iterdir()]
    assert files
    assert not any(secret in content for content in files)


def test_a_wrong_key_costs_the_same_comparison(keys: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    made, compared = keys.create("平台"), []

    def compare(one: str, other: str) -> bool:
        compared.append((len(one), len(other)))
        return real(one, other)

    real = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", compare)
    for presented in (made, "hl_00000000_" + "a" * 43, "nothing like a key"):
        keys.verify(presented)
    assert compared == [(64, 64)] * 3


def test_a_revoked_key_is_refused_at_once_here_and_soon_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_database(tmp_path)
    one, other = KeyStore(engine), KeyStore(engine)
    made = one.create("平台")
    clock = [time.monotonic()]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    assert other.verify(made) is not None
    one.revoke(made[:11])
    assert one.verify(made) is None
    assert other.verify(made) is not None
    clock[0] += 1.0
    assert other.verify(made) is None
    assert [bool(key.revoked) for key in one.list()] == [True]
    with pytest.raises(InputError, match="no key in use"):
        one.revoke(made[:11])


@pytest.mark.parametrize("limits", [{"rate": 0}, {"max_texts": -1}, {"max_body": 0}])
def test_limits_below_one_are_refused(keys: KeyStore, limits: dict[str, int]) -> None:
    with pytest.raises(InputError, match="above 0"):
        keys.create("平台", **limits)
    with pytest.raises(InputError, match="1 to 64"):
        keys.create(" ")


def test_the_store_is_its_owners_alone(tmp_path: Path) -> None:
    open_database(tmp_path / "new")
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "new" / FILE).stat().st_mode) == 0o600


def test_stores_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all, but long enough to look at" * 20)
    with pytest.raises(ServiceError, match="can't be read as a database"):
        open_database(tmp_path)
    newer = tmp_path / "newer"
    open_database(newer).dispose()
    connection = sqlite3.connect(newer / FILE)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ServiceError, match="newer version"):
        open_database(newer)
    (tmp_path / "file").write_text("")
    with pytest.raises(ServiceError, match="can't be written"):
        open_database(tmp_path / "file" / "below")


def test_a_store_in_use_is_not_called_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY", 20)
    open_database(tmp_path).dispose()
    holder = sqlite3.connect(tmp_path / FILE)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(
        ServiceError, match=r"can't be used \(database is locked\): see that no other program"
    ):
        open_database(tmp_path)
    holder.close()
    open_database(tmp_path).dispose()


def test_a_rate_is_kept_by_all_workers_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    workers = [Shared(tmp_path), Shared(tmp_path)]
    granted = [workers[i % 2].wait(7, 10.0) for i in range(12)]
    assert granted[:10] == [0.0] * 10
    assert all(0 < seconds <= 0.2 for seconds in granted[10:])
    assert workers[0].wait(8, 10.0) == 0.0
    clock[0] += granted[10]
    assert workers[1].wait(7, 10.0) == 0.0
    assert workers[0].wait(7, 10.0) > 0


def test_a_slow_rate_grants_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    shared = Shared(None)
    assert shared.wait(1, 0.1) == 0.0
    assert shared.wait(1, 0.1) == pytest.approx(10.0)
    clock[0] = 10.0
    assert shared.wait(1, 0.1) == 0.0


def test_asking_for_a_reload_reaches_the_other_workers(tmp_path: Path) -> None:
    one, other = Shared(tmp_path), Shared(tmp_path)
    assert (one.generation, one.ask_reload(), other.generation) == (0, 1, 1)
