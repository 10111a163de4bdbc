"""One write = one function = one transaction. Each says who may, raises and then nothing has changed, or is done."""
