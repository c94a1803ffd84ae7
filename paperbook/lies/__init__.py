"""Lies to plant into a built book, one at a time, to see which of them an audit notices.

A lie changes a file or two of a copy of the book: a digit of a page, a record, a picture, a call.
Which are planted is decided by a seed.
"""
