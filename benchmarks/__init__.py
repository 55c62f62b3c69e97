"""Figures of the kit beside those of what a user would pick instead: ``python run.py bench``."""
