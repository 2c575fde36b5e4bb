"""Plays on many machines by Ray (the extra `ray`): the runs of a bench, or the parts of a study.

    driver                            coordinator (actor on the driver's machine)  workers, on any node
    cluster_player ── Ray tasks ─────────────────────────────────────────────────► worker.play_episode
       │                              queue of reports ◄───────────────────────── rounds, calls, notices
    run_store ◄── take, answers ───── one limiter per endpoint ◄───────────────── enter, leave

Only the driver writes the folder of a bench, and a worker continues only when its report is written. So the
folder is always in a state from which the bench can be resumed, whatever dies.
"""
