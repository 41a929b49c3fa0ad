"""The version of Assay, told without asking what is installed, which takes longer than `assay --version` should."""

from __future__ import annotations

__version__ = "0.1.0"
