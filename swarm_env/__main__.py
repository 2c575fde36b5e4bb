"""`python -m swarm_env` is the command `swarm`, for when that is not on the search path of the shell."""

from swarm_env.cli import main

if __name__ == "__main__":
    main()
