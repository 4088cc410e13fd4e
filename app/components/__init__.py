"""The components of the views. None of them calls a service."""
