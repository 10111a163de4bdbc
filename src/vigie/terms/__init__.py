"""Terms of use as data: what is forbidden, in plain words, from when, on what ground, and how it is looked for."""
