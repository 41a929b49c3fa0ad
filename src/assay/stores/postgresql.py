"""PostgreSQL under the stores: how it is reached, and what it says when it is nobody's mistake."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import URL

from assay.base.errors import refusal

_DRIVER = "postgresql+pg8000"
_WAIT_SECONDS = 30
"""So long something is waited for: a connection, an answer, another's lock on a row."""

SCHEMA_LOCK = 4_112_107
"""The advisory lock of whoever makes tables; PostgreSQL itself does not let two make one at once."""

_ANSWERS = {
    "53100": ("space on the disk", "Free some space at the database and try again: nothing was changed."),
    "53200": ("memory for the database", "Whoever runs the database has to give it more."),
    "53300": ("a connection that is free", "Serve with fewer workers, or raise max_connections at the database."),
    "57P01": ("a database that runs", "Somebody stopped it: try again when it runs."),
    "57P02": ("a database that runs", "It crashed and comes back by itself: try again in a moment."),
    "57P03": ("a database that runs", "It is starting or stopping: try again in a moment."),
    "28P01": ("the password of its user", "Look at the database's address in the settings."),
    "28000": ("a user whom it lets in", "Look at the database's address in the settings, and at pg_hba.conf."),
    "3D000": ("a database of that name", "Make it with createdb, or mend its address in the settings."),
    "42501": ("leave to write", "Its user needs to own the database, or the right to make tables in it."),
    "40P01": ("another writer to end first", "Two waited for each other: try again."),
    "25006": ("a database that can be written", "It is a copy that others write to: name the first one."),
}
"""By PostgreSQL's code of an error: what was expected, and what to do."""

_GONE = ("network error", "connection is closed", "Can't create a connection", "communication error")
"""How the driver says that there is nobody at the other end."""


def answer_to(error: BaseException) -> tuple[str, str, str]:
    """Say what was expected, found, and to do, of an error that is nobody's mistake; of any other nothing."""
    told = error.args[0] if error.args else ""
    if isinstance(told, dict):
        answer = _ANSWERS.get(told.get("C", ""))
        return (answer[0], str(told.get("M", "an error")), answer[1]) if answer else _NOTHING
    if any(words in str(told) for words in _GONE):
        return "a database that answers", "none", "See that it runs and can be reached; then try again."
    return _NOTHING


_NOTHING = ("", "", "")


def reached(url: URL) -> tuple[URL, dict[str, Any]]:
    """Return an address with our driver in it, and how the engine is to be made.

    Args:
        url: ``postgresql://USER:PASSWORD@HOST/NAME``. With ``?sslmode=verify-full`` the connection is encrypted and
            the server has to show a certificate for its name, of an authority that the system knows or that
            ``&sslrootcert=FILE`` holds.

    Raises:
        AssayError: it asks for something else of the connection.
    """
    asked = dict(url.query)
    mode, root = asked.pop("sslmode", None), asked.pop("sslrootcert", None)
    if asked or mode not in (None, "verify-full") or not isinstance(root, str | None):
        hint = "Encryption without a look at the certificate is not offered: anybody could be at the other end."
        found = ", ".join(url.query)  # names alone: a value may be a password
        raise refusal("database", expected="sslmode=verify-full, with sslrootcert or not", found=found, hint=hint)
    told: dict[str, Any] = {"timeout": _WAIT_SECONDS}
    if mode is not None:
        import ssl

        try:
            told["ssl_context"] = ssl.create_default_context(cafile=root)
        except OSError as error:
            found = (error.strerror or "no certificate in it").lower()
            raise refusal("database", expected=f"a certificate in sslrootcert={root}", found=found) from error
    # A connection that was cut is found before it is used, so that a database may be started anew under the portal.
    return url.set(drivername=_DRIVER, query={}), {"connect_args": told, "pool_pre_ping": True}
