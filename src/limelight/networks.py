"""Opens neural networks, which ONNX Runtime runs on the CPU."""

from __future__ import annotations

from onnxruntime import InferenceSession as Session
from onnxruntime import SessionOptions

__all__ = ["Session", "session"]


def session(model: bytes, threads: int) -> Session:
    """An ONNX model ready to run; its sums are the same with any number of threads. Threads may share it.

    Raises an exception of ONNX Runtime's where the model is damaged.
    """
    options = SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    # What a run needs is given back after it: the largest would be kept, for no gain in time.
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    # Threads that spin while they wait waste a third of a core on a machine whose cores are all in use.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return Session(model, options, providers=["CPUExecutionProvider"])
