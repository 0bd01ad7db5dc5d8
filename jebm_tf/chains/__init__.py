"""Model and kernel together: which density a chain moves on, in which space, and where it starts."""
