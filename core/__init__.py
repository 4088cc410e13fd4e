"""Core: a private library of YouTube videos for each user."""

__version__ = "0.3.0"
