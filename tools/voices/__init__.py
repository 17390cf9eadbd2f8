"""Prepares the styles of the voices; not imported by the product."""
