"""Size and speed of networks, measured (paper 004, Table 14): `fas tables measure 004-T14`.

networks.py  the networks of the table
count.py     trainable parameters and operations
timing.py    time per frame, networks in turn
measure.py   all of it as a table's cells
figure.py    parameters against time
"""
