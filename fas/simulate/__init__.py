"""The embedded default: simulated presentation attacks on real faces, as video files in the official layouts of four datasets.

params.py   how much and how strong          streams.py     random numbers by name
domain.py   what a domain consists of        domains.py     the domains, as data
names.py    official file names              catalog.py     which captures are made
motion.py   how heads and hands move         take.py        the geometry of a capture
canvas.py   where a face's points lie        orl.py         the people
head.py     a head over time                 scene.py       a person before a background
instruments.py  prints and screens           camera.py      the camera
video.py    reproducible video files         render.py      a capture's file, and the worker
layout.py   side files of the layouts
"""
