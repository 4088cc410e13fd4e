"""What a Citus cluster needs in its settings (docs/decisions/0029-citus.md)."""

SETTINGS = {
    # The owner of a transaction reaches the servers that have the rows.
    "citus.propagate_set_commands": "local",
    # A statement on more than one server fails, unless its transaction allows it.
    "citus.multi_task_query_log_level": "error",
    # Otherwise PostgreSQL also plans a prepared statement without its values: for all servers.
    "plan_cache_mode": "force_custom_plan",
}
"""The database's settings on each server; `core db distribute` sets them."""
LIFT_GUARD = "SET LOCAL citus.multi_task_query_log_level = 'off'"
"""Allow statements on more than one server until the transaction ends."""
