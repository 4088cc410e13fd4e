"""The only place with SQL. Every statement on a user's rows names the owner first."""
