"""The facade over Clerk: from an Authorization header to the person who is calling."""
