"""HTTP only: parse, call one service, respond."""
