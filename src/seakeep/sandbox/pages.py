"""The HTML of the sandbox's application: everything a visitor sees."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from seakeep.sandbox.courses import COURSES, Course

__all__ = ["home", "lesson", "result", "unavailable"]

_STYLE = """
:root{--ink:#12304a;--sea:#0b6e8f;--foam:#f3f8fa;--line:#d5e3ea}
*{box-sizing:border-box}
body{margin:0;font:1.0625rem/1.6 system-ui,sans-serif;color:var(--ink);background:var(--foam)}
header{background:var(--ink);color:#fff;padding:1rem 1.5rem}
header a{color:#fff;text-decoration:none;font-weight:600}
main{max-width:44rem;margin:2rem auto;padding:0 1.5rem}
h1{line-height:1.2;margin:0 0 1rem}
.courses{list-style:none;padding:0;display:grid;gap:1rem}
.card{background:#fff;border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.25rem}
.card h2{margin:0;font-size:1.2rem}.card p{margin:.25rem 0 0}
a{color:var(--sea)}
label{display:block;font-weight:600;margin-bottom:.25rem}
input{font:inherit;width:100%;padding:.5rem .75rem;border:1px solid #7b98a8;border-radius:.4rem}
button{font:inherit;margin:1rem .5rem 0 0;padding:.5rem 1.1rem;border-radius:.4rem;cursor:pointer;
border:1px solid var(--sea);background:var(--sea);color:#fff}
button.quiet{background:#fff;color:var(--sea)}
.hint{border-left:.25rem solid var(--sea);padding-left:.75rem}
"""

_SCRIPT = """
const button=document.getElementById("show-hint"),hint=document.getElementById("hint");
button?.addEventListener("click",()=>{hint.hidden=!hint.hidden;
button.textContent=hint.hidden?"Show hint":"Hide hint";
button.setAttribute("aria-expanded",String(!hint.hidden))});
"""


def _page(title: str, main: str, script: str = "") -> str:
    tail = f"<script>{script}</script>" if script else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<title>{escape(title)} · Harbour School</title><style>{_STYLE}</style></head><body>"
        '<header><nav aria-label="Main"><a href="/">Harbour School</a></nav></header>'
        f"<main>{main}</main>{tail}</body></html>"
    )


def home() -> str:
    """The list of courses."""
    cards = "".join(
        f'<li class="card"><h2><a href="/courses/{course.key}">{escape(course.title)}</a></h2>'
        f"<p>{escape(course.summary)}</p></li>"
        for course in COURSES.values()
    )
    return _page("Courses", f'<h1>Courses</h1><ul class="courses">{cards}</ul>')


def lesson(course: Course) -> str:
    """What a course teaches, with its question and a hint to unfold."""
    text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in course.lesson)
    main = (
        f"<h1>{escape(course.title)}</h1>{text}"
        f'<section class="card" aria-labelledby="question"><h2 id="question">'
        f"{escape(course.question)}</h2>"
        f'<form method="post" action="/courses/{course.key}/answer">'
        '<label for="answer">Your answer</label>'
        '<input id="answer" name="answer" required maxlength="200" autocomplete="off">'
        '<button type="submit">Submit answer</button>'
        '<button type="button" class="quiet" id="show-hint" aria-controls="hint" '
        'aria-expanded="false">Show hint</button></form>'
        f'<p class="hint" id="hint" hidden>{escape(course.hint)}</p></section>'
    )
    return _page(course.title, main, _SCRIPT)


def result(course: Course, answer: str, correct: bool, progress: Mapping[str, bool]) -> str:
    """Whether the answer was right, and the score so far."""
    score = sum(progress.values())
    again = "" if correct else f'<p><a href="/courses/{course.key}">Try again</a></p>'
    main = (
        f"<h1>{'Correct' if correct else 'Not quite'}</h1>"
        f"<p>You answered “{escape(answer)}” in {escape(course.title)}.</p>"
        f"<p>Your score: <strong>{score} of {len(COURSES)}</strong></p>{again}"
        '<p><a href="/">All courses</a></p>'
    )
    return _page("Result", main)


def unavailable(reason: str) -> str:
    """What a visitor reads when the store can't be reached."""
    main = (
        "<h1>Service unavailable</h1><p>Your score can't be saved at the moment.</p>"
        f"<p><code>{escape(reason)}</code></p>"
    )
    return _page("Service unavailable", main)
