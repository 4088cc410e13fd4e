"""Decisions, in reading order. No HTTP, no SQL; a service never commits."""
