"""`python -m miyabi_dw` is the command, for whoever knows the interpreter and not where its scripts are."""

from miyabi_dw.cli import main

main()
