"""``python -m seakeep.cli`` is ``seakeep``."""

from seakeep.cli import main

if __name__ == "__main__":
    main()
