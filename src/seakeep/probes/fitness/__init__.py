"""The fitness of the observer: before it blames the platform, it doubts itself.

`FitnessMonitor` watches while checks run; `resolver_is_dead` judges a whole batch of lookups. What
may be wrong with the observer is a file each, behind `Source`, and a line in `monitor.SOURCES`.
"""

from seakeep.probes.fitness.exchange import Exchange, Lookup, Source, Tick, Unfit
from seakeep.probes.fitness.monitor import SOURCES, FitnessMonitor
from seakeep.probes.fitness.resolver import resolver_is_dead, suspect
from seakeep.probes.fitness.resolver_question import name_servers, resolver_answers

__all__ = [
    "SOURCES",
    "Exchange",
    "FitnessMonitor",
    "Lookup",
    "Source",
    "Tick",
    "Unfit",
    "name_servers",
    "resolver_answers",
    "resolver_is_dead",
    "suspect",
]
