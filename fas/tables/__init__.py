"""A table is data: a spec says which runs it needs and what its cells are, and a file beside it what was published.

spec.py         a table's rows and runs, from a bundled YAML file or a team's own
columns.py      its columns: metric, protocol or folds, threshold policy, checkpoint
published.py    the numbers that papers printed, from published/<id>.csv
measured.py     our own numbers of tables that are not made of runs; complexity.py: those of sizes and times
compute.py      the spec, the scores and the published numbers -> one row per cell
checkpoints.py  which kept checkpoint of a run a column shows
pool.py         metrics over several folds at once
layout.py       cells -> header, body and notes (notes.py)
write.py        csv, md, tex
show.py         the same on a terminal
"""
