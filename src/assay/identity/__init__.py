"""Identity: who is at the door of the portal. Signing in, sessions, accounts, API tokens, what was denied.

Rules are pure functions beside the actions that ask them; the world is met through ``base/identity_ports.py``.
"""
