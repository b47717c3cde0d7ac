"""A child process one can trust: typed messages, progress, cancelling, crash → sentence.

Idea: the parent asks (`Worker.ask`), the child answers with a stream of values. Failure,
progress and cancelling are messages too. Messages are frozen dataclasses written as
JSON, never pickles: a child that was taken over by a hostile document can lie to its
parent but cannot make it run code.

Invariant: every stream ends, with its last value or with one exception; when the child
dies the exception is `WorkerDied`, and the next request starts a new child.
"""
