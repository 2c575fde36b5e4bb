"""Do jobs at stations and check the results of others; cheats among you deliver what was never computed.

An outer ring of walls, stations J of one cell each, agents on random free inner cells. Who stands beside a
station (on one of the eight cells around it) and holds no result can do a job there. WORK is a round of
honest work; after `effort` such rounds, in a row or not and at any station, the agent has a genuine result.
CHEAT has a false result at once. Nobody can tell one from the other by looking.

When a result is there the seed draws whether it is checked (with probability `sampling`); no agent knows
that before. If not, it is paid: the worker earns 1 point. If it is, the worker is marked, holds the result
and cannot walk or do another job until there is a verdict. Others may verify it: who stands within 2 rows
and 2 columns of the worker does the job again by VERIFY, in `check` rounds, and then senses whether it came
to the same. ACCEPT and REJECT are votes on that result; each agent has one, can give it without having
verified, and nobody sees the votes of others before the verdict. If several results are near, all this is
about the oldest one on which the agent has not voted. At most 16 votes are taken on one result.

Verifying errs: with probability `false_accept` a false result looks the same, with `false_reject` a genuine
one looks different. Agent number a has hardware of kind a modulo `kinds`; with probability `shared`, drawn
for each job and kind, all verifiers of that kind find the same, right or wrong, else each errs by itself.

By option `panel` no result is checked (none), one verifier decides (single), or a majority of three.
There is a verdict once that many votes are there and the result has waited for `window` rounds; of more
votes the seed draws those that count. After `patience` rounds two votes that agree are enough for a
majority; else the case is left open: nothing is paid, nobody loses, the worker is free. The verdict is that
of the rule `verification`. Accepted: the worker earns 1. Rejected: it loses `stake`. Of the verifiers that
counted each on the side of the verdict earns `fee`, and whoever was outvoted loses a tenth of its standing
with the rule, and the same share of a stake. An agent begins with `purse` points; who owns less than a stake
can neither work nor vote any more.

The team scores 1 for each genuine result that is paid, and loses `harm` for each false one; a result that is
rejected or left open counts nothing. An episode ends at `max_rounds`.

Shares of the agents, rounded, are drawn at the start independently of each other: `cheats`, who should cheat
at stations, and `lazy`, who should accept whatever they are asked about without verifying. Each senses it
alone. All are paid alike: what a learner that plays a cheat is to gain must be set outside; the purse is
what it would be.

What an agent senses, in this order: `told` (0 honest, 1 should cheat, 2 should accept everything, 3 both);
`progress`, rounds worked on the job at hand; `held`, rounds until its own result is settled at the latest (0:
it holds none); `case`, of a result that waits for its vote (0 none, 1 not verified, 2 it came to the same, 3
to something else); `outcome` of its last job (0 none yet, 1 paid unchecked, 2 accepted, 3 rejected, 4 left
open); `purse`, whole points it owns, 0 to 255; `standing` with the rule in percent.

Reward `shaped` adds the change of a potential: a half times the share of a job's effort that is done, a half
for holding a genuine result.

The task is ours, after the checks of E. Kim et al. (arXiv 2307.01898) and the stakes of Crynux. The default
errors are those of a single verifier that give the published rates of three, rounded.
[What the rule changes](../consensus/audit.md) has figures.
"""

from swarm_env.scenarios.audit.scenario import Audit

SCENARIO = Audit
