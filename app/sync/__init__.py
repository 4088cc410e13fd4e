"""Keeps a user's library on this device: what Core has confirmed, and the changes on top of it."""
