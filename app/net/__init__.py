"""The only door to the outside: downloads, and a server of one's own network.

    door.py       files from anywhere, when the user or the policy allowed it
    download.py   how they are fetched
    own.py        one server that stands in the own network, when one was named
    rules.py      which hosts may be asked, through which proxy
    lan.py        a server of models in the own network, streaming, when that was allowed

Nothing else in `app` may import a socket (checked by `tests/test_architecture.py`), and
every connection is on record (`app/netlog.py`).
"""

from app.net.door import Door, host_of
from app.net.rules import Rules

__all__ = ["Door", "Rules", "host_of"]
