"""The HTTP API, a file a resource: read what was sent, ask an action, tell its answer. Version 1, under ``/api/v1``.

Nothing is imported here: the terminal reads `answers` and `release_answers` without what the server needs.
"""
