"""Find out together which of several sites is the best, and vote; liars among you want the worst.

House-hunting: an outer ring of walls, two to six sites P, Q, R, … of one cell each, agents on random free
inner cells. Every site has a quality, a whole number from 1 to 100 that nobody sees. Who stands beside a
site (on one of the eight cells around it) senses its quality with an error: a new draw for each agent and
round, the quality plus a bell-shaped error (the sum of four uniform numbers) with standard deviation
`noise`, cut to 1 to 100. More readings, of one's own or of others that one talks to, are worth more than
one.

One action for each site, VOTE_P, VOTE_Q, …, legal for who has been beside that site since the question was
put. A vote says: of the sites I have been beside, this is the best. It becomes the agent's voice (what a
majority counts), and for each of those other sites a pairwise vote that this one is better (what Bradley-
Terry and Fortytwo rank by), in place of what the agent said of that pair before. Who votes for the third
best, then for the second, then for the best has told a whole order.

A question is decided after its `interval`-th round; if `quorum` is not 0, as soon as that share of the
agents in play has voted. By the rule (option `rule`: majority, bradley_terry or fortytwo) each site gets a
score; the best of those that got a voice is chosen, among equals one that the seed draws. The team scores 1
if no site is better, else half of the chosen site's quality over the best one's. With no vote at all
nothing is chosen and nothing scored. Then new qualities are drawn, all votes are forgotten, and the next
question begins; the sites and the agents stay where they are. Reputations (fortytwo) last through the
episode, which ends at `max_rounds`.

A share `liars` of the agents, rounded, is drawn at the start. A liar, and nobody else, senses for each
question the number of its worst site, and should bring the others to choose it. All are paid alike: what a
learner that plays a liar is to gain must be set outside.

What an agent senses, in this order: `site`, the number of the site beside it (1 is P; 0 none); `reading`,
of that site's quality (0 none); `told`, 0 for the honest, else the site a liar is to promote; `left`, the
rounds until the question is decided at the latest; `chosen`, the site chosen last (0 none).

Reward `shaped` adds the change of a potential: a quarter of the share of the sites one has been beside,
plus a quarter of the quality, over the best one's, of the site one votes for.

The task is ours, after the nest-site choice of bees and ants (T. Seeley, "Honeybee Democracy", 2010;
quorums: S. Pratt et al., Behavioral Ecology and Sociobiology 52, 2002).
[What the rule changes](../consensus/nest_site.md) has figures.
"""

from swarm_env.scenarios.nest_site.scenario import NestSite

SCENARIO = NestSite
