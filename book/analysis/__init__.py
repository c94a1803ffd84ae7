"""Analyses that one or two pages need."""
