"""Statements of every form, for Hypothesis to draw from."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from assay.base.canonical import Digest
from assay.base.roles import Holder
from assay.lifecycle.statements import Kind, Meant, Result, Statement

texts = st.text('aZ0 :./"\\\n\u00e4\u20ac\U0001d11e\x7f\x00', min_size=1, max_size=6)
"""Short, with everything that an encoding can get wrong."""

digests = st.sampled_from([Digest(f"sha256:{digit * 64}") for digit in "0123456789abcdef"])
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001 - Hypothesis wants naive bounds
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e9, 1e9) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
meanings = st.builds(Meant, texts, digests)
subjects = st.lists(meanings, min_size=1, max_size=3, unique_by=lambda meant: meant.id).map(tuple)
statements = st.builds(
    Statement,
    kind=st.sampled_from(Kind),
    subjects=subjects,
    signer=texts,
    holder=st.sampled_from(Holder),
    at=moments,
    project=texts,
    release=st.none() | texts,
    environment=st.none() | texts,
    gate=st.none() | texts,
    result=st.none() | st.sampled_from(Result),
    reason=st.just("") | texts,
    observed=st.lists(digests, max_size=2).map(tuple),
    details=st.dictionaries(texts, json_values, max_size=2),
    on_behalf_of=st.just("") | texts,
)
