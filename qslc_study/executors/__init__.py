"""Train runs on this machine or on the nodes of a cluster, with the same records."""

from qslc_study.executors.executor import Executor
from qslc_study.executors.table import ENGINES, Engine, open_executor

__all__ = ["ENGINES", "Engine", "Executor", "open_executor"]
