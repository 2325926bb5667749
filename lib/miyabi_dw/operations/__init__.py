"""What an operator does: health, the morning, maintenance, backup, recovery, diagnosis, review."""
