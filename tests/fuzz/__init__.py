"""Damaged files of every format, made in a way that can be repeated, read for hours."""
