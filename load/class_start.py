"""A class begins: everybody arrives within a minute, and opens the same lesson.

Each of them comes from a machine of their own, so each opens a connection of their own.
"""

import random

from locust import task

from seakeep.load import scenario
from seakeep.load.user import PlatformUser

COURSE = "tides-and-currents"


class Pupil(PlatformUser):
    """One of the class. All of them want the same, and that at the same time."""

    wait_time = scenario.arrivals("class-start")
    reconnect = True

    @task
    def begin(self) -> None:
        """Find the lesson and read it; the quick ones answer at once."""
        self.client.get("/")
        self.client.get(f"/courses/{COURSE}")
        if random.random() < 0.3:
            self.think(0.2, 0.5)
            self.client.post(f"/courses/{COURSE}/answer", data={"answer": "spring tides"})
