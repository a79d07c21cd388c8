"""Loading by the model libraries: one thread at a time, without their progress bars and advice."""

from collections.abc import Iterator
from contextlib import contextmanager

from fewtext.torch_state import LOCK


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Switch transformers' log and bars off in the block, and back to what they were after it.

    Meanwhile no other thread loads or builds a model, since the library changes how all modules are initialised.
    """
    with LOCK:
        from transformers.utils import logging

        verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        try:
            yield
        finally:
            logging.set_verbosity(verbosity)
            if bars:
                logging.enable_progress_bar()
