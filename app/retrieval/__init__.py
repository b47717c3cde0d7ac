"""Query → fused, de-duplicated passages, with an honest "nothing good enough".

Pure functions over candidates: nothing here opens a file, a database or a model.
`fuse.py` orders, `passages.py` cleans the list, `evidence.py` picks the sentences,
`confidence.py` decides whether the documents answer at all.
"""
