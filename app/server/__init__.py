"""For the own network: what others may ask of this computer, when somebody starts it.

    listen (uvicorn) → guard (host, origin, token, size, pace) → routes → desk → services

Invariant: nothing listens unless `allmende serve` was started; another address than
this computer's own needs tokens; nothing that is asked or answered is logged.
"""
