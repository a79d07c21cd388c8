"""The command ``fewtext``, and ``python -m fewtext``."""

import os
import signal


def main() -> None:
    """Run the command. An interrupt while its modules load, when nothing has begun, ends it there and then."""
    interrupted = signal.getsignal(signal.SIGINT)
    if interrupted is signal.default_int_handler:  # and not ignored, as in the background of a shell
        signal.signal(signal.SIGINT, _end)
    from fewtext.cli.app import main as run

    signal.signal(signal.SIGINT, interrupted)
    run()


def _end(*_: object) -> None:
    os._exit(130)


if __name__ == "__main__":
    main()
