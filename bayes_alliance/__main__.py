"""``python -m bayes_alliance`` is the command line."""

from bayes_alliance.cli import main

if __name__ == "__main__":
    main()
