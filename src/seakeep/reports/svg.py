"""SVG elements as safe markup: attributes and text are escaped, whoever wrote them."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

__all__ = ["number", "path", "tag"]


def number(value: float) -> str:
    """Return a coordinate to a tenth of a pixel, in as few characters as it takes."""
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def tag(name: str, *children: str, **attributes: str | float) -> Markup:
    """Return an element; ``class_`` is written ``class`` and ``_`` in names becomes ``-``.

    Children that are `Markup` stand as they are; other text is escaped.
    """
    opening = name
    for key, value in attributes.items():
        written = value if isinstance(value, str) else number(value)
        # viewBox and its like keep their case; only underscores are ours.
        opening += f' {key.rstrip("_").replace("_", "-")}="{escape(written)}"'
    inner = "".join(escape(child) for child in children)
    # Every part was escaped above.
    return Markup(f"<{opening}>{inner}</{name}>")  # noqa: S704


def path(points: Iterable[tuple[float, float]]) -> str:
    """Return path data of a line through points."""
    return "".join(
        f"{'L' if index else 'M'}{number(x)} {number(y)}" for index, (x, y) in enumerate(points)
    )
