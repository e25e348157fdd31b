"""What is sent to the parties room, and what it answers."""
