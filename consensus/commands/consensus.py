"""Rank by votes; simulate, question and study swarms that decide together."""

from swarm_env.consensus.commands.codef_command import codef
from swarm_env.consensus.commands.codef_study_command import codef_study
from swarm_env.consensus.commands.crossed_command import crossed, worst_case
from swarm_env.consensus.commands.fortytwo_command import fortytwo
from swarm_env.consensus.commands.judges_command import debate, trustjudge
from swarm_env.consensus.commands.rank_command import rank
from swarm_env.consensus.commands.study_command import study
from swarm_env.consensus.commands.verify_command import verify

from swarm_env.cli.shell.groups import group

COMMAND = group(
    __doc__, rank=rank, fortytwo=fortytwo, study=study, crossed=crossed, worst_case=worst_case, codef=codef,
    codef_study=codef_study, verify=verify, trustjudge=trustjudge, debate=debate,
)  # fmt: skip
