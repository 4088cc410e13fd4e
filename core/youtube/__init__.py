"""YouTube: its links, and its answers about a video."""
