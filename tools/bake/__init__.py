"""Bakes presenter packs from CC0 data with Blender's Cycles; see README.md. Nothing in the product imports it."""
