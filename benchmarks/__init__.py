"""How fast the library is, against what one would write or use instead; `make bench` runs it."""
