"""What every detector, reader and connector promises alike."""
