"""Vigie: content moderation that European law can be pointed at."""

__version__ = "0.1.0"
