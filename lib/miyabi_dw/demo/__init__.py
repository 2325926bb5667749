"""The demonstration: a source filled with real history, and its first run."""
