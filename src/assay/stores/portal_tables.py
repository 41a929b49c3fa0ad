"""The tables of the portal's own database. They stand here alone, so that whoever opens it makes all of them.

A project's state has none of them, and a node's neither: who signs in at the portal is nobody else's business.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, LargeBinary, MetaData, String, Table, Text
from sqlalchemy.engine import Engine

from assay.stores.database import open_database, version_table

portal_metadata = MetaData()
version_table.to_metadata(portal_metadata)

_EMAIL = String(254)
_HASH = String(64)
_MOMENT = String(20)

accounts_table = Table(
    "accounts",
    portal_metadata,
    Column("email", _EMAIL, primary_key=True),
    Column("made_at", _MOMENT, nullable=False),
    Column("password", Text),
    Column("must_change", Boolean, nullable=False),
    Column("is_disabled", Boolean, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
)
attempts_table = Table(
    "attempts",
    portal_metadata,
    Column("key", _HASH, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", _MOMENT, nullable=False, index=True),
    Column("revision", Integer, nullable=False),
)
sessions_table = Table(
    "sessions",
    portal_metadata,
    Column("id", _HASH, primary_key=True),
    Column("email", _EMAIL, nullable=False, index=True),
    Column("epoch", Integer, nullable=False),
    Column("method", String(16), nullable=False),
    Column("authenticated_at", _MOMENT, nullable=False),
    Column("seen_at", _MOMENT, nullable=False),
    Column("address", Text, nullable=False),
)
tokens_table = Table(
    "tokens",
    portal_metadata,
    Column("id", String(32), primary_key=True),
    Column("digest", _HASH, nullable=False, unique=True),
    Column("email", _EMAIL, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("made_at", _MOMENT, nullable=False),
    Column("expires_at", _MOMENT, nullable=False),
    Column("last_used_at", _MOMENT),
)
denials_table = Table(
    "denials",
    portal_metadata,
    Column("seq", Integer, primary_key=True),
    Column("at", _MOMENT, nullable=False),
    Column("email", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("why", String(64), nullable=False),
    Column("address", Text, nullable=False),
)
keys_table = Table(
    "keys",
    portal_metadata,
    Column("email", _EMAIL, primary_key=True),
    Column("public", LargeBinary, nullable=False),
    Column("nonce", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
forms_table = Table(
    "forms",
    portal_metadata,
    Column("id", _HASH, primary_key=True),
    Column("at", _MOMENT, nullable=False, index=True),
    Column("leads_to", Text, nullable=False),
)
claims_table = Table(
    "claims",
    portal_metadata,
    Column("id", _HASH, primary_key=True),
    Column("mark", String(32), nullable=False),
    Column("until", _MOMENT, nullable=False),
)
looks_table = Table(
    "looks",
    portal_metadata,
    Column("session", _HASH, primary_key=True),
    Column("project", String(64), primary_key=True),
    Column("release", String(64), primary_key=True),
    Column("subject", String(254), primary_key=True),
    Column("part", String(16), primary_key=True),
    Column("at", _MOMENT, nullable=False, index=True),
)

askings_table = Table(
    "askings",
    portal_metadata,
    Column("id", _HASH, primary_key=True),
    Column("state", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False),
    Column("asked_at", _MOMENT, nullable=False),
    Column("following", Text, nullable=False),
    Column("email", _EMAIL),
)
standings_table = Table(
    "standings",
    portal_metadata,
    Column("email", _EMAIL, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("checked_at", _MOMENT, nullable=False),
    Column("tried_at", _MOMENT, nullable=False),
    Column("refresh", LargeBinary),
    Column("is_over", Boolean, nullable=False),
)
told_table = Table(
    "told",
    portal_metadata,
    Column("email", _EMAIL, primary_key=True),
    Column("channel", String(64), primary_key=True),
    Column("told", Text, nullable=False),
    Column("digest_at", _MOMENT, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("not_before", _MOMENT, nullable=False),
    Column("revision", Integer, nullable=False),
)


def open_portal_database(url: str) -> Engine:
    """Open the portal's database and make the tables that it lacks; ``url`` as in `open_database`."""
    return open_database(url, portal_metadata)
