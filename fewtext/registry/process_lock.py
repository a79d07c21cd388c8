"""One thread at a time at what the whole process shares."""

import os
import threading

# Held by whoever changes, for a while, what all threads see: torch's default dtype, its initialisers and its random
# numbers, the log of a library.
PROCESS_STATE = threading.RLock()
if hasattr(os, "register_at_fork"):  # a child must not inherit a lock whose holder it has not inherited
    os.register_at_fork(
        before=PROCESS_STATE.acquire, after_in_parent=PROCESS_STATE.release, after_in_child=PROCESS_STATE.release
    )
