"""From the wanted tables to the items of each stage. Tables drive the work; a stage computes what its plan says and nothing else.

wanted.py      params.yaml -> tables -> runs -> clips and features
tables.py      a table's names checked, its collection decided
needs.py       which datasets a protocol needs
live_faces.py  which datasets may give a training live faces from outside its protocol
ready.py       what a table needs, and what of it is not there (`fas tables`)
items.py       the items of every stage
forecast.py    which items would run, and why (`fas plan`)
"""
