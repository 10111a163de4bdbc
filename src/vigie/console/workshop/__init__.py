"""Where policy leads change rules: written, tried on the past, approved by a second person, published."""
