"""Objectives and verdicts: from OpenSLO files and observations to a stated certainty."""
