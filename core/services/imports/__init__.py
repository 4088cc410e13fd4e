"""Imports: jobs that read a file in batches (jobs.py), and how each kind of row is stored."""
