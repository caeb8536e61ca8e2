"""A table is data: a spec says which runs it needs and what its cells are.

spec.py     a table's rows, columns and runs, from a bundled YAML file or a team's own
compute.py  the spec and the scores -> one row per cell
pool.py     metrics over several folds at once
layout.py   cells -> header, body and notes
write.py    csv, md, tex
show.py     the same on a terminal
"""
