"""Chaos breaks a platform on purpose, watches it, and proves that it is whole again.

Import from the submodules: this package stays light, since the engine beneath it is not.
"""
