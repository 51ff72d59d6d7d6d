"""Background processes: the relay, the scheduler, and the workers that run jobs."""
