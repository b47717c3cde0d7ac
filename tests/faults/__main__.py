"""`python -m tests.faults`: see the package."""
from __future__ import annotations
import sys, errno
from tests.faults.lab import start_with_shim
start_with_shim("tests.faults")
from pathlib import Path
from app.workers.worker import quieten_environment
quieten_environment()
import tempfile, os
from tests.faults.routes import ROUTES, write_model
from tests.faults import strike, power
import logging
logging.getLogger("allmende").addHandler(logging.NullHandler())
logging.getLogger("allmende").propagate=False
root = Path(tempfile.mkdtemp(dir="/dev/shm", prefix="faults-"))
most=int(sys.argv[2])
from tests.faults.routes import warm_up
warm_up(root)
what = (sys.argv[3:] or ["kill,EIO,ENOSPC,power"])[0].split(",")
with strike.file_server(write_model(root)):
    for r in ROUTES:
        if r.name not in sys.argv[1].split(","): continue
        t = strike.Target(r, root)
        for name, go in (("kill", lambda: strike.kill(t, most)), ("EIO", lambda: strike.refuse(t, errno.EIO, most)), ("ENOSPC", lambda: strike.refuse(t, errno.ENOSPC, most)), ("power", lambda: power.cut(t, most))):
            if name not in what: continue
            tally=go()
            print(r.name, name, tally.calls, tally.struck, tally.told, len(tally.lost), f"{tally.seconds:.1f}", flush=True)
            for l in tally.lost[:3]: print("   ", l)
