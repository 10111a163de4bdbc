"""Published figures: readable without colour, without script and without the picture."""
