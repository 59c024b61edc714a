"""Every test here has its own home and runs database, and processes that end with it."""

from tests.disks import small_disk  # noqa: F401 - a fixture
from tests.own_home import eventually, handlers, home, start, start_worker  # noqa: F401 - fixtures
