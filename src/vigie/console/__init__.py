"""The HTML door: moderators, policy leads, auditors, and the public. It changes nothing itself, it asks a service."""
