"""Probes look at a platform from outside and change nothing: HTTP checks and browser journeys."""
