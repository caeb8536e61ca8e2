"""The commands of `fas`: one small module per group; fas/cli.py gives its functions their names.

Modules import what is heavy (torch, OpenCV, and as far as they can pandas) inside their commands, so that `fas --help` answers at once.
"""
