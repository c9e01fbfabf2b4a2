"""A small, real platform on loopback: pods, links, a store and a Kubernetes API to break them.

Nothing in the engine imports this package but the command line, and that lazily.
"""
