"""Texts of people on disk: one file a text, named by digest, so that erasing one leaves nothing of it in any file."""

from __future__ import annotations

from pathlib import Path

from assay.stores.by_digest import DigestFiles


class DiskTexts(DigestFiles):
    """The `Texts` port on a local directory.

    No table of a database: there, deleted rows live on in free pages and in the log of changes.
    """

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, ".json")
