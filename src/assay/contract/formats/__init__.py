"""Contracts as others write them: what goes out (dbt, DDL, JSON Schema), what comes in, and what is lost on the way."""
