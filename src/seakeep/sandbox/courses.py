"""The three courses the sandbox teaches."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COURSES", "Course"]


@dataclass(frozen=True, slots=True)
class Course:
    """A course of one lesson and one question.

    Attributes:
        key: Its name in URLs.
        title: Its name for people.
        summary: One line for the list of courses.
        lesson: The paragraphs to read.
        question: What is asked at the end.
        hint: Shown on demand.
        answers: What counts as correct, in lower case.
    """

    key: str
    title: str
    summary: str
    lesson: tuple[str, ...]
    question: str
    hint: str
    answers: tuple[str, ...]

    def is_correct(self, answer: str) -> bool:
        """Whether that answer counts, whatever its case and the blanks around it."""
        return answer.strip().rstrip(".!").lower() in self.answers


_ALL = (
    Course(
        key="celestial-navigation",
        title="Celestial navigation",
        summary="Find your position from the stars.",
        lesson=(
            (
                "The height of a certain star above the northern horizon is, within a degree, "
                "your latitude. It stands almost exactly above the Earth's axis."
            ),
            "Measure its altitude with a sextant and you know how far north you are.",
        ),
        question="Which star is it?",
        hint="It is the last star in the tail of the Little Bear.",
        answers=("polaris", "the north star", "north star", "pole star", "the pole star"),
    ),
    Course(
        key="tides-and-currents",
        title="Tides and currents",
        summary="Know when the water comes and goes.",
        lesson=(
            (
                "Sun and Moon both pull at the sea. When they pull along one line, high water is "
                "highest and low water lowest."
            ),
            "That happens shortly after each new moon and each full moon.",
        ),
        question="What are these large tides called?",
        hint="The name has nothing to do with the season.",
        answers=("spring tides", "spring tide", "springs"),
    ),
    Course(
        key="knots-and-lines",
        title="Knots and lines",
        summary="Make fast, and let go again.",
        lesson=(
            (
                "One knot makes a loop at the end of a line that neither slips nor jams: "
                "the rabbit comes out of the hole, round the tree, and back down the hole."
            ),
            "It is used to moor, to hoist, and to rescue.",
        ),
        question="What is this knot called?",
        hint="Its name is also that of a line at the front of a ship's sail.",
        answers=("bowline", "the bowline", "a bowline", "bowline knot"),
    ),
)

COURSES = {course.key: course for course in _ALL}
