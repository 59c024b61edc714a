"""Who looks at the page: the teacher, at the computer itself or with the server's key, or a guest.

Each browser keeps a random name in a cookie. The database holds digests of these names, so that nobody who reads it can
take another's place.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import secrets
import time
from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import count
from typing import cast

import psutil
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from bowcore.people import TEACHER, Person, person

BROWSER_COOKIE, TEACHER_COOKIE = "bowlab-browser", "bowlab-teacher"
KEY_SETTING, WHO_SETTING = "BOWLAB_TEACHER_KEY", "BOWLAB_TEACHER"
SHORTEST_KEY = 8
"""Signs of a key that is set; a shorter one could be guessed."""
LOOK_EVERY = 30.0  # seconds between two looks at the addresses of this computer
REMEMBERED, FORGOTTEN = 3600.0, 86_400.0  # seconds after a guest's last click: no longer counted, no longer known
FORWARDING = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
"""Headers of a proxy, whose guests all seem to sit at the computer."""

_BEFORE = "visitor"
_seen: dict[str, float] = {}
"""When each guest clicked last, by the monotonic clock."""
_numbers: dict[str, int] = {}
_arrivals = count(1)


@cache
def teacher_key() -> str:
    """The key that makes a browser the teacher's: the one that is set, or one drawn at each start of the server.

    Raises:
        ValueError: The one that is set is too short.
    """
    key = os.environ.get(KEY_SETTING, "")
    if key and len(key) < SHORTEST_KEY:
        raise ValueError(f"{KEY_SETTING} has {len(key)} signs; at least {SHORTEST_KEY} are needed.")
    return key or secrets.token_urlsafe(9)


def shown_key() -> str:
    """The key for the terminal, where one that is set stays hidden."""
    return "…" if os.environ.get(KEY_SETTING) else teacher_key()


def proof_of(key: str) -> str:
    """What the browser of somebody who knows the key keeps."""
    return hashlib.blake2b(key.encode(), digest_size=16, person=b"bowlab-teacher").hexdigest()


def is_teacher_key(key: str) -> bool:
    """Whether it is the teacher's key."""
    return hmac.compare_digest(proof_of(key), proof_of(teacher_key()))


def visitor() -> Person:
    """Who looks at the page; outside of a page, the teacher."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return TEACHER
    address = st.context.ip_address  # first: a browser that goes in between has neither, and would be the teacher's
    headers, before = st.context.headers, st.session_state.get(_BEFORE)
    if not headers and before is not None:
        return cast(Person, before)
    is_teacher = is_teachers(address, headers, st.context.cookies)
    who = TEACHER if is_teacher else Person(guest_id(_browser()))
    if headers and who != before:
        st.session_state[_BEFORE] = who
    return who


def is_teachers(address: object, headers: Mapping[str, str], cookies: Mapping[str, str]) -> bool:
    """Whether a connection is the teacher's: it has the key, or comes from this computer.

    `address` is no text for one from this computer by its usual addresses.
    """
    return _has_key(cookies) or _is_at_the_computer(address, headers)


def guest_id(browser: str) -> str:
    """The id of the guest whose browser has this name."""
    return hashlib.blake2b(browser.encode(), digest_size=8).hexdigest()


def note() -> None:
    """Record that this person uses the page now, and forget who has not used it for a day."""
    who = person()
    if not who.is_teacher:
        came(who.id)


def came(guest: str) -> None:
    """Record that the guest with this id clicks now."""
    now = time.monotonic()
    if guest not in _numbers:
        _numbers[guest] = next(_arrivals)
        for gone in [one for one, last in list(_seen.items()) if now - last > FORGOTTEN]:
            _seen.pop(gone, None)
            _numbers.pop(gone, None)
    _seen[guest] = now


def n_guests() -> int:
    """Number of guests who clicked within the last hour."""
    return sum(time.monotonic() - last < REMEMBERED for last in list(_seen.values()))


def has_room() -> bool:
    """Whether this is the teacher of a room; somebody alone at a computer has none."""
    return person().is_teacher and (n_guests() > 0 or _has_key(st.context.cookies))


def called(who: str) -> str:
    """A person as the teacher sees it: guests are numbered in the order of their arrival."""
    if who == TEACHER.id:
        return "you"
    return f"guest {_numbers[who]}" if who in _numbers else "an earlier guest"


def _browser() -> str:
    """The name in the browser's cookie; where it keeps none, this session's."""
    drawn = st.session_state.get("browser")
    name = st.context.cookies.get(BROWSER_COOKIE) or drawn or secrets.token_urlsafe(16)
    st.session_state["browser"] = name
    return str(name)


def _has_key(cookies: Mapping[str, str]) -> bool:
    kept = str(cookies.get(TEACHER_COOKIE, ""))
    return hmac.compare_digest(kept.encode(), proof_of(teacher_key()).encode())


def _is_at_the_computer(address: object, headers: Mapping[str, str]) -> bool:
    if os.environ.get(WHO_SETTING) == "key" or any(name in headers for name in FORWARDING):
        return False
    return not isinstance(address, str) or _is_own(address, int(time.monotonic() / LOOK_EVERY))


@lru_cache(256)
def _is_own(address: str, _look: int) -> bool:
    """Whether a connection from this address comes from this computer, which may get others while it runs."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or found
    own = {item.address.partition("%")[0] for items in psutil.net_if_addrs().values() for item in items}
    return mapped.is_loopback or str(mapped) in own
