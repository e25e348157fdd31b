"""What the subcommands of `partingline` share."""
