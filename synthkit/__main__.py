"""Run the command line as ``python -m synthkit``."""

from synthkit.cli import main

main()
