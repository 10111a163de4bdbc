"""Terms of use: what is read, refused, compared and shown."""
