"""All the SQL of the parties room."""
