"""`python -m enrichment_mock` is the command `enrichment-mock`."""

import os
import sys

from .errors import StartError
from .program import find_binary


def main() -> None:
    try:
        program = find_binary()
    except StartError as error:
        sys.exit(f"enrichment-mock: {error}")
    os.execv(program, [program, *sys.argv[1:]])


if __name__ == "__main__":
    main()
