"""Makes the speaking styles and the measures of voices; not imported by the product."""
