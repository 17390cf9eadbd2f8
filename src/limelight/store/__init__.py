"""Rows and objects that survive a restart. Knows nothing of rendering."""
