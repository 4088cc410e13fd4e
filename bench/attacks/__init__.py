"""Attacks of one client on the service, each limited in number and time.

`bench/r16_one_client.py` runs each in a process of its own (`__main__.py`), and measures
another user.
"""
