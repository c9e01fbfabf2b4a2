"""The gate's judgement in Locust's HTML report: the file of ``--html``, and that of the web UI."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from seakeep.load.gate import Judgement
from seakeep.load.run_table import columns_of
from seakeep.slo.table import measured, percent

if TYPE_CHECKING:
    from flask import Flask, Response

__all__ = ["add_to_file", "add_to_web", "with_judgement"]

_PATH = "/stats/report"
_ROOT = '<div id="root"'
"""Where Locust's page puts its own report, once its script runs."""


def with_judgement(page: str, judgement: Judgement) -> str:
    """Return a page of Locust's with the judgement on top, or as it is when it is another page."""
    pages = Environment(
        loader=PackageLoader("seakeep.load"), autoescape=True, undefined=StrictUndefined
    )
    pages.filters.update(percent=percent, measured=measured)
    template = pages.get_template("judgement.html")
    before, root, after = page.rpartition(_ROOT)
    told = template.render(judgement=judgement, columns=columns_of(judgement.requests))
    return f"{before}{told}{root}{after}" if root else page


def add_to_file(file: Path, judgement: Judgement) -> None:
    """Put the judgement on top of a report that Locust has written; one that is gone stays so."""
    if file.is_file():
        page = file.read_text(encoding="utf-8")
        file.write_text(with_judgement(page, judgement), encoding="utf-8")


def add_to_web(app: Flask, change: Callable[[str], str]) -> None:
    """Have the report that the web interface hands out changed.

    Args:
        app: The web interface.
        change: Takes the page, and returns the one to hand out.
    """

    def changed(response: Response) -> Response:
        from flask import request  # noqa: PLC0415 - Locust's, where there is a web interface

        if request.path.endswith(_PATH) and response.status_code == 200:
            response.set_data(change(response.get_data(as_text=True)))
        return response

    app.after_request(changed)
