"""Prompt → tokens: llama.cpp in a child process, behind the Engine port.

`engine.py` is the parent's side, `llama_child.py` (which owns llama_cpp) the child's,
`fake.py` the engine for tests, `hardware.py` tells what this computer can carry.
"""
