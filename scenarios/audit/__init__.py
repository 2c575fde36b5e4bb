"""Do jobs at stations and check the results of others; cheats among you deliver what was never computed.

An outer ring of walls, stations J of one cell each, agents on random free inner cells. An agent beside a
station (on one of the eight cells around it) that holds no result can do a job there. WORK is a round of
honest work; after `effort` such rounds, in a row or not and at any station, the agent has a genuine result.
CHEAT gives a false result at once. Genuine and false results look the same.

When a result is ready, the seed draws whether it is checked (with probability `sampling`); no agent knows
that before. If it is not checked, it is paid: the worker earns 1 point. If it is checked, the worker is
marked, holds the result and cannot walk or do another job until there is a verdict. Other agents within 2
rows and 2 columns of the worker can verify the result: VERIFY does the job again, in `check` rounds, after
which the agent senses whether it got the same result. ACCEPT and REJECT are votes on the result. Each agent
has one vote, can give it without having verified, and sees no other vote before the verdict. If several
results are near, all this applies to the oldest one on which the agent has not voted. At most 16 votes are
taken on one result.

Verifying errs: with probability `false_accept` a false result looks the same, with `false_reject` a genuine
one looks different. Agent number a has hardware of kind a modulo `kinds`; with probability `shared`, drawn
for each job and kind, all verifiers of that kind find the same, right or wrong, else each errs independently.

The option `panel` sets who decides: none (no result is checked), single (one verifier) or majority (of
three). There is a verdict once that many votes were given and the result has waited for `window` rounds; of
more votes the seed draws those that count. After `patience` rounds two votes that agree are enough for a
majority; else the case is left open: nothing is paid, no agent loses, the worker is free. The verdict is that
of the rule `verification`. Accepted: the worker earns 1. Rejected: it loses `stake`. Of the verifiers that
counted, each on the side of the verdict earns `fee`; each outvoted one loses a tenth of its standing with the
rule, and the same fraction of a stake. An agent starts with `purse` points; with less than a stake it can
neither work nor vote any more.

The team scores 1 for each genuine result that is paid, and loses `harm` for each false one; a result that is
rejected or left open counts nothing. An episode ends at `max_rounds`.

Fractions of the agents, rounded, are drawn at the start independently of each other: `cheats`, which should
cheat at stations, and `lazy`, which should accept every result without verifying. Only the agent itself
senses it. All agents get the same reward: a reward for learned cheats must be set outside; the purse is the
natural choice.

What an agent senses, in this order: `told` (0 honest, 1 should cheat, 2 should accept everything, 3 both);
`progress`, rounds worked on the job at hand; `held`, rounds until its own result is settled at the latest (0:
it holds none); `case`, of a result that waits for its vote (0 none, 1 not verified, 2 it came to the same, 3
to something else); `outcome` of its last job (0 none yet, 1 paid unchecked, 2 accepted, 3 rejected, 4 left
open); `purse`, whole points it owns, 0 to 255; `standing` with the rule in percent.

Reward `shaped` adds the change of a potential: half the fraction of a job's effort that is done, a half for
holding a genuine result.

The task is our choice, after the checks of E. Kim et al. (arXiv 2307.01898) and the stakes of Crynux. The
default errors are those of a single verifier that give the published rates of three, rounded.
[What the rule changes](../consensus/audit.md) has figures.
"""

from swarm_env.scenarios.audit.scenario import Audit

SCENARIO = Audit
