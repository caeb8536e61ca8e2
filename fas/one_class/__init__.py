"""Table 2 of paper 003: its networks and other one-class classifiers on digits and objects. See stages/one_class/README.md."""
