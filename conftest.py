"""Fixtures and hooks for your own probes go here.

``pytest probes --platform NAME`` needs nothing from this file: the installed package brings the
plugin (``--platform``, ``declared_check``, ``declared_journey``, ``check``), and the files under
``platforms/`` say what to look at. A test of your own may use anything pytest has:

    @pytest.mark.api
    def test_orders(check):                 # requests with the options of platform.yaml
        orders = check.get("/api/orders").expect(status=200, json={"length(items)": 3})
        first = orders.json()["items"][0]["id"]
        check.get(f"/api/orders/{first}").expect(status=200, max_duration="1s")

    @pytest.mark.journey
    def test_sign_in(page, ...): ...        # pytest-playwright's fixtures

What ``check`` sees is recorded, counted and pushed like any declared check: docs/pytest.md.
"""
