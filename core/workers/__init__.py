"""Background work: titles, imports, and the purge of the trash."""
