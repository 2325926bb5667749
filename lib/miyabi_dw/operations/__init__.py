"""What an operator does: the morning, maintenance, backup, recovery, diagnosis, review."""
