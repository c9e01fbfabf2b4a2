"""Seakeep tells a team whether their web platform holds its steady state in rough water."""

__version__ = "0.1.0"
