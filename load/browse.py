"""People who look around: the start page, the tool's LTI configuration, and its health.

A plain locustfile. ``platform.yaml`` says how many arrive a second, and for how long.
"""

from locust import task

from seakeep.load import scenario
from seakeep.load.user import PlatformUser


class Browse(PlatformUser):
    """One visitor after the other; each does one of these tasks, half of them the first."""

    wait_time = scenario.arrivals("browse")

    @task(5)
    def home(self) -> None:
        """Open the start page."""
        self.client.get("/")

    @task(3)
    def health(self) -> None:
        """Ask for the health, as load balancers do."""
        self.client.get("/health")

    @task(2)
    def lti_config(self) -> None:
        """Fetch the configuration that a learning management system installs the tool from."""
        self.client.get("/lti/config")
