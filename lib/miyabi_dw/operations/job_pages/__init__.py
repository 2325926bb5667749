"""What the jobs' notebooks show of what they did: one module a job, data in, something to be drawn out."""
