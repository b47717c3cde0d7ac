"""The command line: text for people, `--json` for scripts.

Invariant (a contract for scripts): exit codes 0 done, 1 failed, 2 wrong usage,
3 refused by policy, 130 stopped; errors are one sentence with its remedy on stderr.
"""
