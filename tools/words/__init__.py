"""Builds the dictionaries of `limelight.speech.reading`; not imported by the product."""
