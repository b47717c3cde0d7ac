"""What leaves Allmende as a file: escaped, complete, and marked as made by AI.

`chat` chooses the format and writes the file whole or not at all; each format is one
module that turns the same `view` into text.
"""
