"""HTTP mechanics that every route shares: requests, problems, ETags, cursors, routes."""
