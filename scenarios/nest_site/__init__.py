"""Find out together which of several sites is the best, and vote; liars among you want the worst.

House-hunting: an outer ring of walls, two to six sites P, Q, R, … of one cell each, agents on random free
inner cells. Every site has a hidden quality, a whole number from 1 to 100. An agent beside a site (on one of
the eight cells around it) senses its quality with an error, drawn for each agent and round: the sum of four
uniform numbers, with standard deviation `noise`; the reading is cut to 1 to 100. Several readings, or those
of several agents that talk to each other, are worth more than one.

There is an action for each site, VOTE_P, VOTE_Q, …, legal for agents that have been beside that site since
the question was put. A vote says: of the sites I have been beside, this is the best. It becomes the agent's
choice (which a majority counts), and for each of those other sites a pairwise vote that this one is better
(which Bradley-Terry and Fortytwo rank by); it replaces what the agent said of that pair before. An agent that
votes for the third best, then for the second, then for the best has given a whole order.

A question is decided after its `interval`-th round; if `quorum` is not 0, as soon as that fraction of the
agents in play has voted. The rule (option `rule`: majority, bradley_terry or fortytwo) gives each site a
score. The best of the sites that are some agent's choice is chosen; the seed draws one of equals. The team
scores 1 if no site is better, else half of the chosen site's quality over the best one's. Without any vote
nothing is chosen and nothing scored. Then new qualities are drawn, all votes are forgotten, and the next
question begins; the sites and the agents stay where they are. Reputations (fortytwo) last through the
episode, which ends at `max_rounds`.

A fraction `liars` of the agents, rounded, is drawn at the start. Only a liar senses for each question the
number of its worst site, and should bring the others to choose it. All agents get the same reward: a reward
for learned liars must be set outside.

What an agent senses, in this order: `site`, the number of the site beside it (1 is P; 0 none); `reading`,
of that site's quality (0 none); `told`, 0 for honest agents, else the site a liar is to promote; `left`, the
rounds until the question is decided at the latest; `chosen`, the site chosen last (0 none).

Reward `shaped` adds the change of a potential: a quarter of the fraction of the sites the agent has been
beside, plus a quarter of the quality, over the best one's, of the site it votes for.

The task is our choice, after the nest-site choice of bees and ants (T. Seeley, "Honeybee Democracy", 2010;
quorums: S. Pratt et al., Behavioral Ecology and Sociobiology 52, 2002).
[What the rule changes](../consensus/nest_site.md) has figures.
"""

from swarm_env.scenarios.nest_site.scenario import NestSite

SCENARIO = NestSite
