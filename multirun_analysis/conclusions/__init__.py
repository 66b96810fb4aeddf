"""What a sweep shows: which model beats which, and how that reads."""
