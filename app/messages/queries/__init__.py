"""All the SQL of the messages room."""
