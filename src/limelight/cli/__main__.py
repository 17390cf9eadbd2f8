"""`python -m limelight.cli`."""

from limelight.cli import main

main()
