"""Contracts as text again: YAML that readers of version 1.1 and of 1.2 understand alike, and nothing is lost in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

# What one of the two versions reads as something else than text. Sources: YAML 1.1, types null, bool, int, float,
# timestamp, merge and value; YAML 1.2.2, section 10.3.2.
_NO_PLAIN_TEXT = re.compile(
    r"""(?xi)
    | ~ | null | y | n | yes | no | on | off | true | false | <<? | =
    | [-+]? 0 [box]? [0-9a-f_]+
    | [-+]? [0-9][0-9_]* (?: : [0-5]?[0-9] )* (?: \. [0-9_]* )? (?: e [-+]? [0-9]+ )?
    | [-+]? \.? [0-9][0-9_]* (?: e [-+]? [0-9]+ )?
    | [-+]? \. (?: inf | nan )
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2} .*
    """
)
_ODD = re.compile("[^\n\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
"""Characters that readers change or refuse where they stand bare."""

_SIMPLE_LINES = re.compile(r"(?:[^\s#].*\S\n)+|[^\s#](?:.*\S)?(?:\n[^\s#](?:.*\S)?)+")
"""Lines that a literal block holds as they are."""

_WIDE = 1_000_000


def contract_yaml(value: Mapping[str, Any]) -> str:
    """Write a document as YAML: fields in their order, text quoted wherever a reader could take it for something else.

    Args:
        value: mappings with text as keys, lists, text, finite numbers, booleans and None.
    """
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDE, default_flow_style=False)


class _Dumper(yaml.SafeDumper):
    """PyYAML's own dumper with our quoting, lists indented, and no aliases."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists under their key."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = None
    if _ODD.search(value):
        style = '"'
    elif _SIMPLE_LINES.fullmatch(value):
        style = "|"
    elif "\n" in value:
        style = '"'
    elif _NO_PLAIN_TEXT.fullmatch(value):
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _float(dumper: yaml.SafeDumper, value: float) -> yaml.ScalarNode:
    """Write a number with point and sign of the exponent, without which YAML 1.1 reads a text."""
    mantissa, mark, exponent = repr(value).partition("e")
    point = "" if "." in mantissa else ".0"
    sign = "" if not mark or exponent[0] in "+-" else "+"
    return dumper.represent_scalar("tag:yaml.org,2002:float", f"{mantissa}{point}{mark}{sign}{exponent}")


_Dumper.add_representer(str, _text)
_Dumper.add_representer(float, _float)
