"""The fault laboratory: `python -m tests.faults`, or `make faults`.

Bad days, made on purpose and counted: the program is killed at every write, the disk
refuses, fills up or forgets what was not synced, files rot, the clock leaps. What was
acknowledged must still be there. `lab.py` says how a fault comes to a call.
"""
