"""fas: a face anti-spoofing (presentation attack detection) pipeline.

docs/architecture.md names every room. `fas --help` lists the commands.
"""

__version__ = "0.1.0"
