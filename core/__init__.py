"""Core: each person their own library of YouTube videos."""

__version__ = "0.3.0"
