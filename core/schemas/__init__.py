"""The shapes of requests and responses, one file a noun."""
