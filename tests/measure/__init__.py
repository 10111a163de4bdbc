"""It is counted: figures against worked examples."""
