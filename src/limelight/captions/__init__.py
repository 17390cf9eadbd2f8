"""Captions: words become cues, cues become subtitle files, or are drawn on a film."""
