"""Middleware: what runs before and after the route of each request."""
