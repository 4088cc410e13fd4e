"""The pieces that views are made of. None of them calls a service by itself."""
