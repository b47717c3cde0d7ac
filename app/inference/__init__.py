"""Prompt → tokens: llama.cpp in a child process, behind the Engine port.

`engine.py` is the parent's side, `llama_child.py` the child's; `llama_model.py` and
`llama_sampler.py` own llama_cpp. `keeping.py` and `states.py` keep what was read on
disk, `lookup.py` guesses ahead, `tuning.py` measures, `fake.py` is the engine for
tests, `hardware.py` tells what this computer can carry.
"""
