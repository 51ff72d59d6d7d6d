"""`python -m crowd.cli`: the `crowd` command without the script."""

from crowd.cli import main

main()
