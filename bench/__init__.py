"""Benchmarks: ``make bench`` runs all, ``python -m bench start_up store`` some of them."""
