"""All relational state: people, posts that someone must look at, cases, decisions, what must still be told to the outside."""
