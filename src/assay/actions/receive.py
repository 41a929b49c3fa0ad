"""Receiving: a file with statements that somebody hands in at the portal, as a node's answer is."""

from __future__ import annotations

from assay.actions.conversation import delete_erased
from assay.actions.exchange import Imported, import_file
from assay.actions.home import Home
from assay.base.errors import refusal
from assay.base.roles import Action
from assay.bundle.proof import unpack_proof


def receive(home: Home, content: bytes, name: str) -> Imported:
    """Record what a file says that is not here yet; handing it in twice changes nothing.

    Args:
        home: of whoever brings it. What counts is who signed the statements, not who brings them.
        content: the file's bytes: an envelope, an export, a node's answer.
        name: the file's name, for errors.

    Raises:
        AssayError: the person may not, the file is one that goes to the node, or as `import_file`; then nothing is
            recorded.
    """
    home.authorised(Action.LEDGER_IMPORT)
    _check_direction(content, name)
    done = import_file(home.ledger, home.load(), home.clock, content, name)
    delete_erased(home)
    return done


def _check_direction(content: bytes, name: str) -> None:
    """Refuse a bundle or an order: what they hold came from a ledger like this one, and is meant for a node."""
    if content.lstrip()[:1] == b"{":
        return
    proof = unpack_proof(content, name)
    if proof.seal is None:
        return
    found = "a bundle" if proof.payload is not None else "an order"
    hint = "Hand it to the node, and bring here what the node answers."
    raise refusal(name, expected="a node's answer, or an export", found=found, hint=hint)
