"""Tests of the reports, and the run they are made from."""
