"""`python -m letrics` is the `letrics` command."""

from letrics.cli.main import main

main()
