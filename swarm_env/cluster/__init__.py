"""Many machines, by Ray (the extra `ray`): a cluster, tasks spread over it, the runs of a bench played on it.

    driver                            desk (an actor beside the driver)       workers, on any node
    player ── tasks ─────────────────────────────────────────────────────────► episode
       │                              queue of what workers tell ◄─────────── relay: rounds, calls, notices
    store ◄── takes, replies ──────── one limiter per endpoint ◄───────────── relay: may I call?

The driver alone writes the folder of a bench, and a worker goes on only when it hears that what it told is
written. So the folder is at any moment that of a bench on one machine: whatever dies, it is resumed from it.
"""
