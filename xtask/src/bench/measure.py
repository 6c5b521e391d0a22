"""Runs a command and says what it cost: measure.py OUT COMMAND…

OUT gets one JSON object: exit code, cpu_s (user and system, of all its processes), wall_s and max_rss_mib (of the largest).
The command's output goes where ours goes.
"""

import json
import resource
import subprocess
import sys
import time

begin = time.monotonic()
code = subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL).returncode
wall = time.monotonic() - begin
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(
        {"code": code, "cpu_s": used.ru_utime + used.ru_stime, "wall_s": wall, "max_rss_mib": used.ru_maxrss / 1024}, file
    )
