"""Digests of contracts: what counts and what does not."""

from __future__ import annotations

from collections.abc import Callable

from assay.contract.digest import columns_digest, contract_digest
from assay.contract.model import Contract

BODY = """\
schema:
- name: t
  description: A table.
  properties:
  - {name: a, logicalType: integer, required: true}
  - name: b
    logicalType: array
    items: {logicalType: object, properties: [{name: c, logicalType: string}]}
"""
SERVERS = "servers: [{server: s, type: local, path: p, format: parquet}]\n"


def test_the_digest_of_a_contract_is_the_same_for_ever(parse: Callable[..., Contract]) -> None:
    assert contract_digest(parse(BODY)) == "sha256:82568cef21cd1a5bbd2ed722c4bde649c65aa7e332745f8727457e0ee9baa0fb"


def test_the_digest_of_columns_is_the_same_for_ever(parse: Callable[..., Contract]) -> None:
    assert columns_digest(parse(BODY)) == "sha256:a04789b63b4213d53e96114be62650c3beabe3a7fe85aa5a1db178c1f644cc64"


def test_comments_key_order_line_ends_and_servers_do_not_count(parse: Callable[..., Contract]) -> None:
    rewritten = (
        "# A comment.\n" + SERVERS + BODY.replace("{name: a, logicalType: integer,", "{logicalType: integer, name: a,")
    )

    assert contract_digest(parse(rewritten.replace("\n", "\r\n"))) == contract_digest(parse(BODY))


def test_a_word_of_the_description_counts_for_the_contract_and_not_for_its_columns(
    parse: Callable[..., Contract],
) -> None:
    reworded = parse(BODY.replace("A table.", "The table."))

    assert contract_digest(reworded) != contract_digest(parse(BODY))
    assert columns_digest(reworded) == columns_digest(parse(BODY))


def test_a_rule_does_not_count_for_the_columns_but_a_type_and_a_name_do(parse: Callable[..., Contract]) -> None:
    columns = columns_digest(parse(BODY))

    assert columns_digest(parse(BODY.replace("required: true", "required: false"))) == columns
    assert columns_digest(parse(BODY.replace("integer", "number"))) != columns
    assert columns_digest(parse(BODY.replace("name: c", "name: d"))) != columns
