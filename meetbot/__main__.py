"""`python -m meetbot`."""

from meetbot.cli import main

if __name__ == "__main__":
    main()
