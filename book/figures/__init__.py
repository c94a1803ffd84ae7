"""Figures that one page needs."""
