"""The illumination-invariant branch of paper 004, usable alone.

plgf.py     images -> Pattern of Local Gravitational Force (PLGF)
attvlad.py  PLGF -> (attack, live): a small network with attention and NetVLAD, and its baseline without VLAD
task.py     its training as a task of fas/training.py, and the probability of live of images
"""
