"""Understanding AI by trying it: what an answer costs, and lessons to work through.

`energy` reads what this computer uses; `lessons` reads the lessons under
`assets/lessons`. Engine and searcher come in as arguments; nothing here leaves the
machine, and nothing rates people.
"""
