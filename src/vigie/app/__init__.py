"""Wiring: the command line, and what every command shares."""
