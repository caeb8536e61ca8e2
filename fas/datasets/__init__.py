"""Datasets: official folder layouts to manifests, and protocols that say which clip plays which part.

adapter.py    what a dataset's adapter is        <dataset>.py  one grammar per dataset
walk.py       the folder walk, once for all      scan.py       a folder to a manifest
registry.py   every adapter by name              manifest.py   the manifest's columns, reading and writing
pattern.py    a user's own grammar               words.py       label and split out of folder names
box_files.py  formats of side files with boxes   boxes.py       their boxes beside the manifest, hints for the detector
declared.py   the `datasets` section of params.yaml
protocols/    train, dev and test per protocol
"""
