"""The migrations of Alembic, and the runner that applies them."""
