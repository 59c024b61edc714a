"""How many examples a law is tried on: half of them in a build, fewer while somebody waits, all on request."""

from __future__ import annotations

from hypothesis import settings

LEAST = 20


def examples(n: int) -> settings:
    """Try a law on `n` examples in `thorough`, on half in `build`, on a quarter in `quick`, but at least 20 of them."""
    share = {"thorough": 1, "build": 2}.get(settings.get_current_profile_name(), 4)
    return settings(max_examples=min(n, max(LEAST, n // share)))
