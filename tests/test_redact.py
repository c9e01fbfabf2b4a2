"""Secrets stay out of what is written."""

from seakeep.redact import redact


def test_the_value_of_a_variable_that_is_named_like_a_secret_is_masked() -> None:
    environ = {"API_TOKEN": "tok-123456", "HOME": "/home/ann"}
    assert redact("got tok-123456 in /home/ann", environ) == "got *** in /home/ann"


def test_the_user_information_of_a_url_is_masked() -> None:
    assert redact("http://ann:pw@gateway:9091/metrics", {}) == "http://***@gateway:9091/metrics"


def test_a_longer_secret_that_contains_a_shorter_one_is_masked_whole() -> None:
    environ = {"A_SECRET": "abcdef", "B_SECRET": "abcdef-ghijkl"}
    assert redact("x abcdef-ghijkl y", environ) == "x *** y"


def test_very_short_values_are_left_since_masking_them_would_garble_the_text() -> None:
    assert redact("a plain text", {"X_TOKEN": "a"}) == "a plain text"
