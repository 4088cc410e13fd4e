"""The shapes of requests and responses, one file for each noun."""
