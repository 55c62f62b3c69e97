"""The commands of ``synthkit``, one module each; cli.py imports one when it is called."""
