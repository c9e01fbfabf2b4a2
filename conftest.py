"""Fixtures and hooks for your own probes go here.

``pytest probes --platform NAME`` needs nothing from this file: the installed package brings the
plugin (``--platform``, ``declared_check``, ``declared_journey``), and the files under
``platforms/`` say what to look at. A test of your own may use anything pytest has:

    @pytest.mark.journey
    def test_sign_in(page, ...): ...        # pytest-playwright's fixtures
"""
