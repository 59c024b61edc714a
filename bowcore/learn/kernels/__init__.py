"""Compiled loops. Their threads sleep while they wait for each other, and leave the processor to other processes.

By default OpenMP's threads wait busily: with more processes than processors, a batch then takes seconds.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when numba loads OpenMP, after this
