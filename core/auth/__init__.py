"""The facade over Clerk: from an Authorization header to the user of the request."""
