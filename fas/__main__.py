"""`python -m fas`: the same as the command `fas`."""

from fas.cli import main

if __name__ == "__main__":
    main()
