"""How many examples a law is tried on: all in a build, a share of them while somebody waits."""

from __future__ import annotations

from hypothesis import settings

LEAST = 20


def examples(n: int) -> settings:
    """Try a law on `n` examples in the profile `thorough`, on a quarter of them, but at least 20, in `quick`."""
    thorough = settings.get_current_profile_name() == "thorough"
    return settings(max_examples=n if thorough else min(n, max(LEAST, n // 4)))
