"""Assay: from a stakeholder's question to a released, monitored analytic product, every step proven."""

__version__ = "0.1.0"
