"""Lets `allmende serve` stand for half a minute and asks it: run by `no_way_out.py`.

Ends with 0 only if it answered.
"""

from __future__ import annotations

import http.client
import os
import signal
import sys
import threading
import time

PORT = 11999
_STANDS_S = 30.0
answers: list[int] = []


def raise_loopback() -> None:
    """Switch the loopback on: in a new network namespace it is off."""
    import fcntl
    import socket
    import struct

    set_flags, is_up = 0x8914, 0x1  # SIOCSIFFLAGS, IFF_UP
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh22x", b"lo", is_up))


def ask_and_stop() -> None:
    """Ask until there is an answer, wait out the time, and stop the service."""
    end_s = time.monotonic() + _STANDS_S
    while time.monotonic() < end_s:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
            connection.request("GET", "/v1/models")
            answers.append(connection.getresponse().status)
            connection.close()
        except OSError:
            time.sleep(0.5)
            continue
        time.sleep(2)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    from app.__main__ import main
    from app.settings.store import load_settings

    raise_loopback()
    load_settings().change("serve", True)
    threading.Thread(target=ask_and_stop, daemon=True).start()
    sys.argv = ["allmende", "serve", "--port", str(PORT)]
    code = main(sys.argv[1:])
    print(f"ended with {code}, answered {answers}", file=sys.stderr)
    sys.exit(0 if 200 in answers else code or 1)
