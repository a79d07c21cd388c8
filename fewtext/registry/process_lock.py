"""The lock on state that all threads of the process share."""

import os
import threading

# Held while a thread changes state that all threads see: torch's default dtype, its initialisers and random numbers,
# a library's log level.
PROCESS_STATE = threading.RLock()
if hasattr(os, "register_at_fork"):  # a child must not inherit a lock that another thread holds
    os.register_at_fork(
        before=PROCESS_STATE.acquire, after_in_parent=PROCESS_STATE.release, after_in_child=PROCESS_STATE.release
    )
