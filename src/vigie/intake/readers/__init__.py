"""Readers: from the bytes of a file or a stream to posts in columns, one module per format."""
