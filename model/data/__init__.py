"""Documents, the atlas generator, alignment, candidate spans and sampling."""
