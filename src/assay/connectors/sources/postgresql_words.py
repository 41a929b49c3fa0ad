"""What PostgreSQL and its client library say of what goes wrong, in our words; nothing of an address is repeated."""

from __future__ import annotations

import re
from collections.abc import Mapping

from assay.base.errors import Fault, Place

_Answer = tuple[str, str, str]
_SAID = re.compile(r"ERROR:\s+([^\n\"]*)")
"""What the server says of an error, up to what it quotes: that may be a value of a row."""

_BY_CODE: Mapping[str, _Answer] = {
    "42501": ("leave to read", "none", "Whoever runs the database has to grant SELECT, and USAGE of the schema."),
    "55P03": ("a table that can be read", "a lock on it for more than 30 s", "Try again when nobody alters it."),
    "57014": ("an answer", "a query that was cancelled", "The server allows too little time, or somebody stopped it."),
    "57P01": ("a database that runs", "one that was stopped", "Try again when it runs."),
    "57P02": ("a database that runs", "one that crashed", "It comes back by itself: try again in a moment."),
    "57P03": ("a database that runs", "one that is starting or stopping", "Try again in a moment."),
    "53300": ("a connection that is free", "none", "Try again later, or raise max_connections at the database."),
    "53100": ("space on the disk of the database", "none", "Whoever runs it has to make some."),
    "53200": ("memory for the database", "none", "Whoever runs it has to give it more."),
    "40001": ("rows that stay while they are read", "some that were removed", "On a copy of a database: try again."),
    "25P02": ("an open transaction", "a failed one", "Try again."),
}  # fmt: skip
"""By PostgreSQL's code of an error."""

_BY_WORDS: Mapping[str, _Answer] = {
    "password authentication failed": (
        "a user and password that the database lets in", "others", "Look at the variables that the server names."
    ),
    "no password supplied": (
        "a password", "none", "Name it in customProperties of the server: password, ${NAME}."
    ),
    "no pg_hba.conf entry": (
        "a user whom the database lets in from here", "another", "Whoever runs it has to allow it in pg_hba.conf."
    ),
    "certificate": (
        "a certificate for this host of an authority that is believed", "another one, or none",
        "Look at sslrootcert, and at the server's certificate.",
    ),
    "does not exist": ("a database and a user that are there", "no such one", "Look at the server in the contract."),
    "Connection refused": ("a database that answers", "nobody at its port", "See that it runs and can be reached."),
    "could not translate host name": ("a host that is known", "a name without an address", "Look at the host."),
    "timeout expired": ("a database that answers", "nothing for 10 s", "See that it runs and can be reached."),
    "too many": ("a connection that is free", "none", "Try again later."),
    "starting up": ("a database that runs", "one that is starting", "Try again in a moment."),
    "shutting down": ("a database that runs", "one that is stopping", "Try again when it runs."),
    "does not support SSL": ("an encrypted connection", "a server without", "Set it up there, or sslmode: disable."),
    "server closed the connection": ("a database that stays", "one that hung up", "Try again when it runs."),
    "read-only transaction": (
        "a table or view that is only read", "one that writes", "Read another one: nothing is changed at a source."
    ),
    "statement timeout": ("an answer", "none in the time that the server allows", "Ask for more time there."),
    "canceling statement": ("an answer", "a query that somebody cancelled", "Try again."),
    "terminating connection": ("a database that stays", "one that hung up", "Try again when it runs."),
    "no connection to the server": ("a database that stays", "one that hung up", "Try again when it runs."),
}  # fmt: skip
"""By what stands in the message; a server may speak another language, so that there is an answer for all the others."""


_LASTING = frozenset({
    "42501", "password authentication failed", "no password supplied", "no pg_hba.conf entry", "certificate",
    "does not exist", "does not support SSL", "read-only transaction",
})  # fmt: skip
"""Which of these somebody has to mend; the others may be gone a little later."""


def answer_to(error: Exception, where: Place, *, is_connecting: bool) -> Fault:
    """Say in our words what went wrong.

    Args:
        error: of the driver.
        where: at the place of the contract that named the database.
        is_connecting: whether nothing was asked yet; then its message may repeat the address, and is not shown.
    """
    code = str(getattr(error, "sqlstate", None) or "")
    message = str(error)
    sign = code if code in _BY_CODE else next((words for words in _BY_WORDS if words in message), None)
    if sign is not None:
        return Fault(where, *{**_BY_CODE, **_BY_WORDS}[sign], is_passing=sign not in _LASTING)
    if is_connecting:
        hint = "See that it runs, and look at the server in the contract."
        return Fault(where, "a database that lets us in", "a refusal", hint, is_passing=True)
    said = _SAID.search(message)
    found = said[1].strip(" :") if said else "an error"
    return Fault(where, "an answer of the database", f"{found} ({code})" if code else found)
