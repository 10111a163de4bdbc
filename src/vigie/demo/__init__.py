"""A network that never was: six weeks of posts in French and English, simulated, where invented words stand for slurs."""
