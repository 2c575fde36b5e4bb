"""Guard what only the sum reveals: strangers ask, and the keepers who hear it vote on every question.

An outer ring of walls, agents on random free inner cells. The first `strangers` agents are strangers (they
look unmarked), the others keepers (marked). There are `tables` tables P, Q, R, …, each harmless alone; the
first keeper holds P, the second Q, and so on, after the last table from P again. The first `marked` tables
are marked: all of them together, about one person, are a secret, and every agent knows that.

The game is a sequence of cases of `interval` rounds, each about another person, of whom every table holds a
number from 1 to 8. With probability `malicious` a stranger is a spy in this case and wants the secret: all
marked tables. Otherwise it is honest and wants `wanted` tables, drawn so that one of the marked ones is never
among them. Spies share at once all they learn. Only the stranger senses what it wants.

ASK_P, ASK_Q, … asks a keeper that holds that table and is beside the stranger (on one of the eight cells
around it; of several the one with the lowest number). Keepers at most `hearing` rows and columns away hear
the question. Each keeper listens to one question: to the one it is asked, else to that of the nearest
stranger (if all keepers beside a stranger that hold the table are being asked by others, nothing is asked).
In the next round the listeners vote ANSWER, VAGUE, BLOCK or ABSTAIN; no vote counts as BLOCK. The rule
(option `rule`) decides, and the stranger and all listeners sense the verdict. An answer gives the number, a
vague reply the pair it is in: 1-2, 3-4, 5-6 or 7-8.

Rules: `codef` (one vote to block is enough), `codef?threshold=2` (two), `codef?threshold=majority` (more than
half), `majority`
(most votes, of equals the strictest), `asked` (only the vote of the keeper who was asked counts), `none`
(everything is answered) and `ledger` (a record of all replies, which blocks exactly what would complete the
secret). With `none` and `ledger` votes do not count; the ledger knows what no keeper can.

When a case ends, each honest stranger that knows all it wants scores a point for the team. If there were
spies and they do not know the secret, that scores one point. A number that was given only vaguely is guessed,
with probability one half. So answering everything and blocking everything score the same, as in the balanced
setting of the rule's paper. Then the next case begins: no agent knows anything about the new person, and a
question that is still open is dropped.

What an agent senses, in this order: `goal` (strangers: 1 honest, 2 a spy), `holds` (keepers: number of their
table, 1 is P), `asked` (number of the table that is asked for, in the agent's own question or in the one it
votes on; 0 none), `asker` (keepers: 1 for the first stranger), `verdict` (on the question that was decided in
this round, the agent's own or one it listened to: 1 answered, 2 vague, 3 blocked), `value` (keepers: the
number their table holds; strangers: the number given in this round, of a pair the lower one), `left` (rounds
until the case ends), and for each table `P`, `Q`, …: for strangers 1 still wanted, 2 given vaguely, 3 given;
for a keeper that listens to a question 2 or 3 for what it has heard given to that stranger in this case. With
`pooled` that, and the ledger, cover all strangers together.

All agents get the same reward: a reward for learned spies must be set outside. Reward `shaped` adds the
change of a potential of strangers: a quarter of the fraction of their tables that they know (vaguely: half),
plus a quarter of how near (over the map's longer side) the nearest keeper is that holds one of the missing
ones.

The voting rule is CoDef (V. Patil, E. Stengel-Eskin, M. Bansal, arXiv 2509.14284); the world around it is our
choice. [What the rule changes](../consensus/secrets.md) has figures.
"""

from swarm_env.scenarios.secrets.scenario import Secrets

SCENARIO = Secrets
