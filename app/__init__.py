"""The app for phone and desktop, in Flet. It talks HTTP to Core and imports nothing of it."""
