"""The `Proven` port: what was found good comes back as it was kept, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.base.canonical import digest_text
from assay.base.ports import Proven
from assay.stores.proven import ProvenFile
from fakes.proven import MemoryProven

KEY, OTHER = b"k" * 32, b"o" * 32
DIGESTS = [digest_text(str(number)) for number in range(3)]


def _in_memory(_: Path) -> Proven:
    return MemoryProven()


def _in_a_file(folder: Path) -> Proven:
    return ProvenFile(folder / "of" / "one.proven", KEY)


@pytest.fixture(params=[_in_memory, _in_a_file])
def proven(request: pytest.FixtureRequest, tmp_path: Path) -> Proven:
    make: Callable[[Path], Proven] = request.param
    return make(tmp_path)


def test_nothing_is_proven_where_nothing_was_kept(proven: Proven) -> None:
    assert proven.load() == frozenset()


@pytest.mark.parametrize("many", range(4))
def test_what_was_kept_last_comes_back_and_nothing_else(proven: Proven, many: int) -> None:
    proven.save(DIGESTS)
    proven.save(DIGESTS[:many])
    assert proven.load() == frozenset(DIGESTS[:many])


@given(at=st.integers(0, 10_000), to=st.integers(0, 255))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_byte_is_changed_nothing_is_believed(tmp_path: Path, at: int, to: int) -> None:
    path = tmp_path / "one.proven"
    ProvenFile(path, KEY).save(DIGESTS)
    content = bytearray(path.read_bytes())
    at %= len(content)
    is_same = content[at] == to
    content[at] = to
    path.write_bytes(content)
    assert ProvenFile(path, KEY).load() == (frozenset(DIGESTS) if is_same else frozenset())


def test_what_was_cut_short_or_lengthened_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "one.proven"
    ProvenFile(path, KEY).save(DIGESTS)
    content = path.read_bytes()
    for other in (*(content[:length] for length in range(len(content))), content + b"x", content + content):
        path.write_bytes(other)
        assert ProvenFile(path, KEY).load() == frozenset()


def test_what_was_kept_under_another_key_is_not_believed(tmp_path: Path) -> None:
    ProvenFile(tmp_path / "one.proven", OTHER).save(DIGESTS)
    assert ProvenFile(tmp_path / "one.proven", KEY).load() == frozenset()


def test_what_cannot_be_kept_is_verified_again_and_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "of").write_text("a file where the folder should be")
    proven = _in_a_file(tmp_path)
    proven.save(DIGESTS)
    assert proven.load() == frozenset()


def test_only_its_owner_can_read_or_write_it_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    ProvenFile(tmp_path / "one.proven", KEY).save(DIGESTS)
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o077 == 0
