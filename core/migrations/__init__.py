"""Alembic's room: the migrations, and the runner that applies them."""
