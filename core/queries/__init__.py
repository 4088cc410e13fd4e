"""The only place with SQL. Every statement on a person's rows names the owner first."""
