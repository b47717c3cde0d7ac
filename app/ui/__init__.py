"""The window: the only package that knows Qt.

    MainWindow ─┬─ BaseList + IndexingPanel   what there is to ask        (left)
                ├─ Conversation + Composer    questions, evidence, answers (middle)
                └─ SourceList + SourceViewer  where it stands              (right)
    Background runs everything that may block; Messages is every word to the user.

Invariants: nothing here computes an answer; no text of a document or a model is ever
given to Qt as HTML or Markdown, because Qt opens the files such text names
(`tests/ui/test_plain_text.py`).
"""
