"""Guard what only the sum reveals: strangers ask, and the keepers who hear it vote on every question.

An outer ring of walls, agents on random free inner cells. The first `strangers` agents are strangers (they
look unmarked), the others keepers (marked). There are `tables` tables P, Q, R, …, each harmless alone; the
first keeper holds P, the second Q, and so on, after the last table from P again. The first `marked` tables
are marked: all of them together, about one person, are a secret, and everybody knows that.

The game goes in cases of `interval` rounds, each about another person, of whom every table says a number
from 1 to 8. With probability `malicious` a stranger is a spy in this case and is after the secret, all marked
tables; else it is honest and wants `wanted` tables, drawn so that one of the marked ones is never among them.
Spies tell each other at once all they learn. Only the stranger senses what it is after.

ASK_P, ASK_Q, … asks a keeper who holds that table and stands beside the stranger (on one of the eight cells
around it; of several the one with the lowest number). All keepers at most `hearing` rows and columns away
hear the question, each listens to one: to the one put to itself, else to that of the nearest stranger (where
every keeper beside the stranger who could be asked is being asked by another, nothing is asked). In the next
round those who listen vote ANSWER, VAGUE, BLOCK or ABSTAIN; silence counts as BLOCK. The rule (option
`rule`) decides, and the stranger and all who listened learn the verdict. An answer tells the number, a vague
reply in which of the pairs 1-2, 3-4, 5-6, 7-8 it is.

Rules: `codef` (one vote to block is enough), `codef?threshold=2` (two), `codef?threshold=majority` (more than
half), `majority`
(most votes, of equals the strictest), `asked` (only the vote of the keeper who was asked counts), `none`
(everything is answered) and `ledger` (a book of all replies, which blocks just what would complete the
secret). With `none` and `ledger` votes do not count; the ledger knows what no keeper can.

When a case ends, each honest stranger who knows all it wants scores a point for the team, and if there were
spies and they do not know the secret, that scores one. What was told only vaguely is guessed, which is right
half of the time. Who answers everything and who blocks everything thus reach the same, as in the balanced
outcome of the study the rule is from. Then the next case begins: nobody knows anything of the new person, and
a question that is still open is dropped.

What an agent senses, in this order: `goal` (strangers: 1 honest, 2 a spy), `holds` (keepers: number of their
table, 1 is P), `asked` (number of the table that is being asked for: by oneself, or in the question that one
votes on; 0 none), `asker` (keepers: 1 for the first stranger), `verdict` (on the question that was decided
in this round, one's own or one listened to: 1 answered, 2 vague, 3 blocked), `value` (keepers: what the own
table says of the person; strangers: what they were told in this round, of a pair the lower number), `left`
(rounds until the case ends), and for each table `P`, `Q`, …: for strangers 1 still wanted, 2 told vaguely, 3
told; for a keeper with a question before it 2 or 3 for what it has heard the asker being told in this case.
With `pooled` that, and the ledger's book, is of all strangers together.

All are paid alike: what a learner that plays a spy is to gain must be set outside. Reward `shaped` adds the
change of a potential of strangers: a quarter of the share of their tables that they know (vaguely: half),
plus a quarter of how near (over the map's longer side) the nearest keeper is who holds one of the others.

The voting rule is CoDef's (V. Patil, E. Stengel-Eskin, M. Bansal, arXiv 2509.14284), the world around it
ours. [What the rule changes](../consensus/secrets.md) has figures.
"""

from swarm_env.scenarios.secrets.scenario import Secrets

SCENARIO = Secrets
