"""The words everyone speaks: Arrow schemas of posts, of what the machine saw and of what it proposes."""
