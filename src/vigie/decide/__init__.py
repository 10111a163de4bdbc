"""A decision is proposed: which clause a post may break, who settles it, and on what proof."""
