"""Model cards as data, and the models that are installed on this computer.

A card is a JSON file; `cards.py` reads them, `store.py` finds, imports, verifies and
removes model files, `gguf.py` reads what a GGUF file says of itself, `fit.py` tells
what this computer can carry.
"""
