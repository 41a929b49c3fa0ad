"""Archives: the same bytes everywhere, and no byte of them can be another one."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.errors import AssayError
from assay.bundle.archive import pack, unpack

parts = st.text("ab.-_ é€", min_size=1, max_size=5).filter(lambda part: part not in {".", ".."})
names = st.lists(parts, min_size=1, max_size=3).map("/".join)
files = st.dictionaries(names, st.binary(max_size=30) | st.just(b"\0" * 512), max_size=4)
FILES = {"a.txt": b"one", "dir/b.bin": b"\0" * 600, "empty": b""}
PACKED = pack(FILES)


def _refused(content: bytes) -> str:
    with pytest.raises(AssayError) as refused:
        unpack(content, "x.bundle")
    return str(refused.value)


@given(files)
def test_what_is_packed_is_unpacked_as_it_was(given_files: Mapping[str, bytes]) -> None:
    assert unpack(pack(given_files), "x.bundle") == given_files


@given(files)
def test_the_bytes_do_not_depend_on_the_order_of_the_files(given_files: Mapping[str, bytes]) -> None:
    assert pack(dict(reversed(list(given_files.items())))) == pack(given_files)


@given(files)
def test_any_tar_program_reads_it(given_files: Mapping[str, bytes]) -> None:
    with tarfile.open(fileobj=io.BytesIO(pack(given_files))) as tar:
        found = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]
    assert found == given_files


def test_one_byte_changed_anywhere_is_detected_or_the_content_of_a_file() -> None:
    for position, byte in enumerate(PACKED):
        broken = PACKED[:position] + bytes([byte ^ 0x01]) + PACKED[position + 1 :]
        try:
            found = unpack(broken, "x.bundle")
        except AssayError:
            continue
        assert found != FILES  # its digest, which whoever packed it wrote down, is another one
        assert pack(found) == broken


def test_a_cut_or_longer_archive_is_refused() -> None:
    for length in range(0, len(PACKED), 64):
        assert "expected an archive" in _refused(PACKED[:length])
    for more in (b"\0", b"\0" * 512, b"x", PACKED):
        assert "expected an archive" in _refused(PACKED + more)


@pytest.mark.parametrize("content", [b"", b"\0" * 1023, b"PK\x03\x04" * 400, b"\xff" * 2048])
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    assert "x.bundle" in _refused(content)


def test_an_archive_of_nothing_is_an_archive() -> None:
    assert unpack(pack({}), "x.bundle") == {}


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../up",
        "a/../../up",
        "./a",
        "a//b",
        "a/",
        "",
        "back\\slash",
        "nul\0",
        "\ud800",
        "x" * 201,
        "x" * 101,
        "y" * 60 + "/" + "€" * 60,
    ],
)
def test_a_name_that_leaves_the_archive_or_does_not_fit_its_form_is_not_packed(name: str) -> None:
    with pytest.raises(AssayError):
        pack({name: b""})


def _foreign(name: str, **changes: object) -> bytes:
    """Make what another tar program, or somebody with bad intentions, makes."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = 3, 0o644
    for field, value in changes.items():
        setattr(info, field, value)
    return info.tobuf(tarfile.USTAR_FORMAT) + b"abc" + b"\0" * 509 + b"\0" * 1024


@pytest.mark.parametrize("name", ["../up", "/etc/passwd", "a/../../up", "./a"])
def test_a_name_that_leaves_the_archive_is_not_unpacked(name: str) -> None:
    assert "stay inside the archive" in _refused(_foreign(name))


@pytest.mark.parametrize(
    "changes",
    [
        {"mtime": 1},
        {"mode": 0o755},
        {"uid": 1000},
        {"uname": "root"},
        {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"},
        {"type": tarfile.LNKTYPE, "linkname": "b"},
        {"type": tarfile.DIRTYPE},
        {"type": tarfile.CHRTYPE},
        {"type": b"g"},
        {"type": b"L"},
        {"type": b"S"},
    ],
    ids=str,
)
def test_what_another_program_would_write_otherwise_is_refused(changes: dict[str, object]) -> None:
    assert unpack(_foreign("a"), "x.bundle") == {"a": b"abc"}
    assert "x.bundle" in _refused(_foreign("a", **changes))


def test_one_name_twice_is_refused() -> None:
    one = _foreign("a")[:1024]
    assert "each file once" in _refused(one + one + b"\0" * 1024)


def test_names_in_another_order_are_refused() -> None:
    assert "missing, added or changed" in _refused(_foreign("b")[:1024] + _foreign("a")[:1024] + b"\0" * 1024)


def _with_size(field: bytes) -> bytes:
    header = bytearray(PACKED[:512])
    header[124:136] = field
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + PACKED[512:]


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "field",
    [b"\xff" * 10 + b"\xfe\x00", b"\xff" * 12, b"\x80" + b"\x7f" * 11, b"77777777777\0", b"\x80" + b"\0" * 11],
    ids=["minus 512", "minus one", "beyond anything", "eight gigabytes", "zero in another form"],
)
def test_a_size_that_is_not_true_is_refused_at_once(field: bytes) -> None:
    assert "x.bundle" in _refused(_with_size(field))


def test_no_more_files_are_packed_or_read_than_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    four = pack(dict.fromkeys("abcd", b""))
    monkeypatch.setattr("assay.bundle.archive._MOST_FILES", 3)
    assert "at most 3 files" in _refused(four)
    assert list(unpack(pack(dict.fromkeys("abc", b"")), "x.bundle")) == ["a", "b", "c"]
    with pytest.raises(AssayError, match="at most 3 files"):
        pack(dict.fromkeys("abcd", b""))
