"""Pupils at work in the sandbox's school: they read lessons, answer, and see their score grow.

One arrival is a whole visit of one pupil. What pupils know goes with them from step to step: the
session cookie by itself, what they have answered in a variable. An answer of the site that comes in
time and is wrong is a failure.
"""

import random
from typing import Any

from locust import task

from seakeep.load import scenario
from seakeep.load.user import PlatformUser

ANSWERS = {
    "celestial-navigation": "Polaris",
    "tides-and-currents": "spring tides",
    "knots-and-lines": "bowline",
}


class Pupil(PlatformUser):
    """A new pupil for each arrival, who has answered nothing yet."""

    wait_time = scenario.arrivals("work")

    @task(2)
    def one_course(self) -> None:
        """Take the course that looks best, and go."""
        self.take(random.sample(sorted(ANSWERS), k=1))

    @task(1)
    def all_courses(self) -> None:
        """Take all of them, in any order."""
        self.take(random.sample(sorted(ANSWERS), k=len(ANSWERS)))

    def take(self, courses: list[str]) -> None:
        """Read each lesson, think, and answer; one pupil in four guesses first."""
        self.client.get("/")
        answered = dict.fromkeys(ANSWERS, False)
        for course in courses:
            self.client.get(f"/courses/{course}", name="/courses/[course]")
            self.think(0.2, 0.6)
            if random.random() < 0.25:
                self.answer(course, "the Moon", answered)
            answered[course] = True
            self.answer(course, ANSWERS[course], answered)
        score = sum(answered.values())
        self.ask("GET", "/api/progress", {"courses": answered, "score": score, "of": len(ANSWERS)})

    def answer(self, course: str, text: str, answered: dict[str, bool]) -> None:
        """Answer the question of a course, and be told the score."""
        wanted = {"correct": text == ANSWERS[course], "score": sum(answered.values())}
        self.ask("POST", "/api/answers", wanted, json={"course": course, "answer": text})

    def ask(self, method: str, url: str, wanted: dict[str, Any], **kwargs: Any) -> None:
        """Make a request whose answer must be what this pupil has earned."""
        with self.rest(method, url, **kwargs) as response:
            if response.status_code == 200 and response.js != wanted:
                response.failure(f"wanted {wanted}, got {response.js or response.text}")
