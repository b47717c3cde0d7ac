"""Options declared once as typed data, and the user's choices.

Invariant: an option exists only in `options.OPTIONS`; every reader of a setting gets
its declared type, whatever stands in the file.
"""
