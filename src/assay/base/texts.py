"""Texts as bytes hold them: UTF-8, with or without a byte order mark, and nothing else."""

from __future__ import annotations

from assay.base.errors import AssayError, Fault, Place


def decoded(content: bytes, file: str, hint: str = "Save the file as UTF-8.") -> str:
    """Return the text of a file, without its byte order mark.

    Args:
        content: its bytes.
        file: the name to show in errors.
        hint: what to do where it is none.

    Raises:
        AssayError: it is not in UTF-8; the fault names the line and the byte.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = Place(file, content[: error.start].count(b"\n") + 1)
        raise AssayError(Fault(place, "text in UTF-8", f"the byte {content[error.start]:#04x}", hint)) from error


def refuse_undecoded(text: str, what: str) -> None:
    """Refuse a text in which bytes stand that nobody could read, as Python hands on those of a terminal.

    Args:
        text: what was typed.
        what: its name, to show in errors.

    Raises:
        AssayError: it holds such a byte, or half a character.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        number = ord(text[error.start])
        found = f"the byte {number - 0xDC00:#04x}" if 0xDC80 <= number <= 0xDCFF else f"half a character, {number:#06x}"
        place = Place(what, text[: error.start].count("\n") + 1)
        raise AssayError(Fault(place, "text in UTF-8", found, "Send it as UTF-8.")) from error
