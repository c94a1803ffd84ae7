"""The book: pages, and what one or two of them alone need."""
