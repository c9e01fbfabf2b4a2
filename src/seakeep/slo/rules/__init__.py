"""Prometheus rules made from objectives: recorded series, burn-rate alerts, and tests of both."""
