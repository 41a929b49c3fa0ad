"""What counts no more is forgotten while the portal runs."""

from __future__ import annotations

from datetime import timedelta

from starlette.testclient import TestClient

from assay.identity.portal import Portal
from assay.portal.app import KEPT, build_app


def test_starting_forgets_forms_and_looks_of_days_ago_and_keeps_todays(portal: Portal) -> None:
    now = portal.clock.now()
    old = now - KEPT - timedelta(hours=1)
    portal.forms.send("a" * 32, "/there", old)
    portal.forms.send("b" * 32, "/here", now)
    portal.looks.note("c" * 64, "town", "R-0001", "contract:shop/daily", "contract", old)
    portal.looks.note("d" * 64, "town", "R-0001", "contract:shop/daily", "contract", now)

    with TestClient(build_app(portal), base_url=portal.address) as client:
        assert client.get("/sign-in").status_code == 200

    assert portal.forms.sent("a" * 32) is None
    assert portal.forms.sent("b" * 32) == "/here"
    assert portal.looks.of("c" * 64, "town", "R-0001") == {}
    assert portal.looks.of("d" * 64, "town", "R-0001") == {"contract:shop/daily": frozenset({"contract"})}
