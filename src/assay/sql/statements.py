"""Several statements in one text, as a prompt or a script has them."""

from __future__ import annotations

from assay.sql.tokens import sql_tokens


def split_statements(text: str, file: str = "query") -> tuple[tuple[str, ...], str]:
    """Split a text at its semicolons; those in strings, names and comments end nothing.

    Args:
        text: statements, the last of which may not be at its end yet.
        file: the name to show in errors.

    Returns:
        The statements that are at their end, without the semicolon, empty ones left out; and what stands behind the
        last semicolon, empty where that is nothing but spaces and comments.

    Raises:
        AssayError: a string, a quoted name or a comment does not end.
    """
    statements = []
    start = 0
    is_empty = True
    for token in sql_tokens(text, file):
        if token.text == ";":
            if not is_empty:
                statements.append(text[start : token.start].strip())
            start, is_empty = token.start + 1, True
        else:
            is_empty = False
    return tuple(statements), "" if is_empty else text[start:]
