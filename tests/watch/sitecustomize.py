"""Python imports this at its start, where PYTHONPATH names this folder: notes whom the process asks over the network.

One line of JSON for each address or name, in the file that `WATCH_NETWORK` names; processes that it starts do the same.
"""

import json
import os
import sys
from typing import Any

EVENTS = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname")


def note(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in EVENTS:
        return
    asked = arguments[0] if event in EVENTS[3:] else arguments[1]
    if isinstance(asked, tuple):
        asked = asked[0]
    elif event not in EVENTS[3:]:
        return  # a Unix socket, or the other end of one that is connected
    line = json.dumps([event, asked.decode() if isinstance(asked, bytes) else asked]) + "\n"
    file = os.open(os.environ["WATCH_NETWORK"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, line.encode())
    os.close(file)


if "WATCH_NETWORK" in os.environ:
    sys.addaudithook(note)
