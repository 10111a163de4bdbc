"""What the public reads without an account: the terms, as pages, as a file and as a feed."""
