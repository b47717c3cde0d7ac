"""The only door to the outside: downloads, and a server of one's own network.

    download.py   files from anywhere, when the user or the policy allowed it
    own.py        one server that stands in the own network, when one was named
    rules.py      which hosts may be asked, through which proxy
    lan.py        a server of models in the own network, streaming, when that was allowed

Nothing else in `app` may import a socket (checked by `tests/test_architecture.py`), and
every connection is on record (`app/netlog.py`).
"""

from app.net.download import Door, host_of
from app.net.own import OwnServer
from app.net.rules import Rules

__all__ = ["Door", "OwnServer", "Rules", "host_of"]
