"""What an answer costs in energy, as exactly as this computer lets us know and no more.

    source (RAPL, NVML, battery) ─► two readings ─┐
    or: time × power from a rule of thumb ────────┴─► Energy: joules, band, method

Each source is a reader with `read() -> joules | None`; one that is missing or may not be
read is simply not there. `meter.py` chooses the best, takes off what the idle computer
uses and says how sure the result is; `rounding.py` never writes more digits than that.
"""
