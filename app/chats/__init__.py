"""Conversations in `chats.db`: exchanges in a tree, search, bin, drafts, forgetting.

`ChatStore` in `store` is the door; `schema` holds the migrations, `records` the form
of answers on disk, `tree` the chosen way, `search` finding, `erasing` removing for good.
"""
