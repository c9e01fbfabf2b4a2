"""Text from outside is shown, and does nothing else."""

import pytest

from seakeep.plain import one_line, plain

HOSTILE = "a\x1b]0;title\x07b\u202ec\ud800d\x9be\u2028f\u2066g\rh"


def test_a_line_is_one_line_of_visible_characters() -> None:
    assert one_line(HOSTILE) == "a ]0;title b c d e f g h"
    assert one_line("a\n\tb  c") == "a b c"
    assert one_line("x" * 300, 20) == "x" * 17 + "..."


def test_a_text_keeps_its_lines_and_shows_what_was_unfit() -> None:
    assert plain(HOSTILE) == "a�]0;title�b�c�d�e�f�g\nh"
    assert plain("a\r\n\tb") == "a\n\tb"
    assert plain("x" * 300, 20) == "x" * 19 + "…"


@pytest.mark.parametrize("show", [one_line, plain])
def test_no_half_of_a_secret_is_left_at_a_cut(
    monkeypatch: pytest.MonkeyPatch, show: object
) -> None:
    assert callable(show)
    monkeypatch.setenv("APP_TOKEN", "hunter2-hunter2")
    for before in range(60):
        assert "hunt" not in show("." * before + "hunter2-hunter2" + "." * 60, 40)
