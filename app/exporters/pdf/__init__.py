"""Tagged PDF, written by ourselves: no library that fits both tags and embeds.

    blocks (`quiz.paper`) → `pages` (where each line stands) → `structure` and `file`

Built to the rules of PDF/UA-1 (ISO 14289-1): every text is tagged or an artifact, fonts
are embedded with their Unicode, language and title are said.
"""
