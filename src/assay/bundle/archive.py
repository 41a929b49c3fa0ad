"""Archives: named bytes in one file, the same bytes on every machine.

The form is POSIX tar (ustar), uncompressed, names sorted, no times and no owners: any tar program opens it, and no
compression library's version shows in it. Reading is strict: an archive that is not exactly what `pack` would write
is refused, so that no byte of it can be changed unseen.
"""

from __future__ import annotations

import tarfile
from collections.abc import Mapping

from assay.base.errors import AssayError, refusal

_BLOCK = 512
_MOST_FILES = 100_000
_LONGEST_NAME = 200


def pack(files: Mapping[str, bytes]) -> bytes:
    """Write an archive.

    Args:
        files: relative path with ``/`` to content.

    Raises:
        AssayError: a path that leaves the archive, one too long for the form, or more files than are read back.
    """
    if len(files) > _MOST_FILES:
        raise refusal("archive", expected=f"at most {_MOST_FILES} files", found=str(len(files)))
    parts: list[bytes] = []
    for name in sorted(files):
        content = files[name]
        parts.append(_header(name, len(content)))
        parts.append(content)
        parts.append(b"\0" * (-len(content) % _BLOCK))
    parts.append(b"\0" * (2 * _BLOCK))
    return b"".join(parts)


def unpack(content: bytes, what: str) -> dict[str, bytes]:
    """Read an archive as `pack` wrote it.

    Args:
        content: the archive's bytes.
        what: how to call it in errors: the file's name.

    Raises:
        AssayError: not an archive, cut short, or one byte different from what `pack` writes.
    """
    files: dict[str, bytes] = {}
    offset = 0
    while offset + _BLOCK <= len(content) and content[offset : offset + 1] != b"\0":
        try:
            info = tarfile.TarInfo.frombuf(content[offset : offset + _BLOCK], "utf-8", "strict")
        except (tarfile.HeaderError, UnicodeError) as error:
            raise refusal(what, expected="an archive of Assay", found=f"{error} at byte {offset}") from error
        if info.size < 0 or info.name in files:  # the form allows both, and reading on might never end
            found = f"{info.name!r} with {info.size} bytes at byte {offset}"
            raise refusal(what, expected="an archive of Assay, each file once", found=found)
        offset += _BLOCK
        files[info.name] = content[offset : offset + info.size]
        offset += info.size + (-info.size % _BLOCK)
        if len(files) > _MOST_FILES:
            raise refusal(what, expected=f"at most {_MOST_FILES} files", found="more")
    if _repacked(files, what) != content:
        raise refusal(
            what,
            expected="an archive exactly as it was written",
            found="missing, added or changed bytes",
            hint="Ask for the file again; do not repair it.",
        )
    return files


def _repacked(files: Mapping[str, bytes], what: str) -> bytes:
    try:
        return pack(files)
    except AssayError as error:
        raise refusal(what, expected="names that stay inside the archive", found=error.faults[0].found) from error


def _header(name: str, size: int) -> bytes:
    parts = name.split("/")
    if "\\" in name or "\0" in name or any(part in ("", ".", "..") for part in parts):
        raise refusal("archive", expected="a relative path with /", found=repr(name))
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o644
    try:
        if len(name.encode()) > _LONGEST_NAME:
            raise refusal("archive", expected=f"a path of at most {_LONGEST_NAME} bytes", found=repr(name))
        return info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict")
    except ValueError as error:
        raise refusal("archive", expected="a path that the ustar form can hold", found=repr(name)) from error
