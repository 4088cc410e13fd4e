"""`python -m core.cli`: the same as the command `core`."""

from core.cli import main

main()
