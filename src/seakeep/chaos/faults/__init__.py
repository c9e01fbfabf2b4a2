"""What experiments break, a file each."""
