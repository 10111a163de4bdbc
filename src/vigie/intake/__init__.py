"""It comes in: readers per format, folding against obfuscation, language, fingerprint."""
