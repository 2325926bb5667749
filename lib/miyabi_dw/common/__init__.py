"""What every room needs: errors, paths, settings, time, redaction, text."""
