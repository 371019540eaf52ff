"""The `letrics` command: one file a group of commands."""
