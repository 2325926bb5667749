"""The way to PostgreSQL: connections by role, statements, migrations, the embedded server."""
