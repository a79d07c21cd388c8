"""``python -m fewtext``."""

from fewtext.cli.app import main

if __name__ == "__main__":
    main()
