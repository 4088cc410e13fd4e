"""Keeps a user's library on this device: the confirmed rows, and unsent changes on top."""
