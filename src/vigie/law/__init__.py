"""What the law asks for and what a decision may rest on: no other room writes legal text."""
