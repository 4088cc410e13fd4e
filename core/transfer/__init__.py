"""The formats of imports and exports: bytes in, entries out, and back. Pure: no HTTP, no SQL."""
