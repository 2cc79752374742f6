"""Loaded once into the process that the killed ones fork from: every story is gone through there, with nobody killed.

What is imported, compiled or looked up only when it is needed is then in memory already; a fresh process for each
kill would spend most of its life on that.
"""

import gc
import tempfile
from pathlib import Path

from tests.crashes.scenes import GoOn
from tests.one_dialect import share_what_is_compiled
from tests.test_crashes import LEASES_ARE_OVER, STORIES
from tests.world import World

share_what_is_compiled()

for begin, _check in {story for stories in STORIES.values() for story in stories}:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        deed = begin(world)
        deed(world)
        GoOn(deed, LEASES_ARE_OVER)(world)
        world.engine.dispose()

gc.collect()
gc.freeze()  # else each would touch, and so copy, all of it to look for garbage
