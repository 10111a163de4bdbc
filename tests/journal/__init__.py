"""The log: what it promises, and what is done to it to see whether it keeps its promises."""
