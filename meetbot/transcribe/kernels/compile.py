"""The C++ kernels as a library: compiled once for this compiler and source, kept in the cache, loaded.

They share PyTorch's OpenMP threads: the library asks for libgomp by the name under which PyTorch has loaded its own.
Two pools of threads that spin for work would take each other's cores.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from meetbot import paths

SOURCE = Path(__file__).with_name("native.cpp")
# Named one by one, not "native": the cache may be shared with another machine.
FLAGS = (
    "-O3", "-std=c++17", "-shared", "-fPIC", "-fopenmp", "-w", "-mtune=native", "-mavx512f", "-mavx512bw", "-mavx512vl",
    "-mavx512dq", "-mavx512bf16", "-mavx2", "-mfma",
)  # fmt: skip


def compiler() -> str | None:
    """The C++ compiler that would be used: $CXX, or the first there is."""
    return os.environ.get("CXX") or next(filter(shutil.which, ("g++", "c++", "clang++")), None)


@lru_cache(maxsize=1)
def library() -> ctypes.CDLL | str:
    """The compiled kernels, or in a few words why there are none."""
    found = compiler()
    if found is None:
        return "there is no C++ compiler"
    try:
        return ctypes.CDLL(str(_compiled(found)))
    except (OSError, subprocess.CalledProcessError) as error:
        return f"{found} cannot compile the native kernels ({type(error).__name__})"


def _compiled(compiler: str) -> Path:
    version = subprocess.run([compiler, "--version"], check=True, capture_output=True).stdout
    key = sha256(b"\0".join([SOURCE.read_bytes(), " ".join(FLAGS).encode(), version])).hexdigest()[:16]
    target = paths.private_folder(paths.cache() / "kernels") / f"{key}.so"
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            made = Path(folder) / target.name
            subprocess.run([compiler, *FLAGS, "-o", str(made), str(SOURCE)], check=True, capture_output=True)
            made.chmod(0o600)  # as everything in the cache; loading it needs no more than reading
            made.replace(target)
    return target
