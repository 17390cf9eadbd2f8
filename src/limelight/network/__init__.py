"""The one door to other machines: what a URL may be, what may be connected to, and files that are fetched."""
