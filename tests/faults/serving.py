"""Serves one file on this computer, with ranges: `python -m tests.faults.serving FILE`."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

DATA = b""


class Handler(BaseHTTPRequestHandler):
    """Gives the file away, or what is left of it."""

    def do_GET(self) -> None:
        asked = self.headers.get("Range", "")
        start = int(asked.removeprefix("bytes=").rstrip("-") or 0)
        if start >= len(DATA):
            self.send_error(416)
            return
        self.send_response(206 if asked else 200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(DATA) - start))
        self.end_headers()
        self.wfile.write(DATA[start:])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Takes no offence at clients that are killed."""

    def handle_error(self, *_: object) -> None:
        """They are what this is for."""


if __name__ == "__main__":
    DATA = Path(sys.argv[1]).read_bytes()
    server = Server(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
