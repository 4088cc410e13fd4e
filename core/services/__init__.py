"""The rules of the service, in reading order. No HTTP, no SQL.

A service gets a Session, which its caller commits. Those that work in batches or before there is an
owner get the Database and open a transaction for each step; tests/test_architecture.py names them.
"""
