"""A quiz as a file of another program, and back.

`formats` chooses by the file's ending and writes the file whole or not at all; each
format is one module that knows its traps. What people print (Word, OpenDocument, HTML,
Markdown) is one `paper` of blocks that four modules draw.

Invariants: any Unicode in gives a valid file out (`text.clean`); every file says for
people and for machines that AI made it, who checked it, its licence, author and sources
(`imprint`); what a format cannot hold is told, never dropped silently.
"""
