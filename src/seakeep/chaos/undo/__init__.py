"""The way back: on disk before a fault is made, and carried out whatever dies."""
