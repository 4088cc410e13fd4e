"""A stand-in for Clerk on loopback, for development and tests; not in the production package.

It implements Clerk's public API, so the service runs the same verifier as in production. It signs
in any user without a password: guard.py keeps it on this machine and out of production.
"""
