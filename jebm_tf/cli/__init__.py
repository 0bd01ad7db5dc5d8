"""The commands. Flags and gin live here; the library below knows neither."""
