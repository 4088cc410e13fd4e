"""A stand-in for Clerk on loopback, for development and tests; not in the production package.

It speaks Clerk's public surface, so the service runs the same verifier as in production. It
signs anybody in: guard.py keeps it on this machine and out of production.
"""
