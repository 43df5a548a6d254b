"""What this machine has, what is missing, and how to mend it: facts gathered for `meetbot doctor`.

Opens no socket and changes nothing. Concedes: it looks at what libraries and the system say, and runs no model.
"""

from __future__ import annotations

import os
import platform
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from meetbot import paths, privacy

Verdict = Literal["ok", "note", "bad"]

# Instructions that make the models faster, by the names Linux gives them.
X86 = ("avx", "avx2", "fma", "f16c", "avx512f", "avx_vnni", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16")
ARM = ("asimd", "asimddp", "i8mm", "bf16", "sve")
WANTED_MEMORY = 4 << 30  # bytes: whisper-base, diarization and the default language model side by side
WANTED_DISK = 3 << 30  # bytes: the default models twice, for a pull in progress


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact. "note" could be better, "bad" must be mended before meetbot works; `mend` says how."""

    name: str
    verdict: Verdict
    value: str
    mend: str = ""


def examine() -> list[Finding]:
    """Every finding, in the order of the report."""
    parts: tuple[Callable[[], Iterator[Finding]], ...] = (_python, _processor, _memory, _gpu, _models, _disk, _private)
    return [finding for part in parts for finding in part()]


def _python() -> Iterator[Finding]:
    version = platform.python_version()
    fits = (3, 11) <= sys.version_info < (3, 14)
    mend = "" if fits else "Use Python 3.11 to 3.13: `uv python install 3.12`."
    yield Finding("Python", "ok" if fits else "bad", f"{version} on {platform.platform(terse=True)}", mend)


def cpu_flags(text: str) -> list[str]:
    """The instructions of interest that a /proc/cpuinfo names."""
    words = set(text.split())
    return [flag for flag in (*X86, *ARM) if flag in words]


def _processor() -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    value = f"{cores} {'core' if cores == 1 else 'cores'} for meetbot, {platform.machine()}"
    info = Path("/proc/cpuinfo")
    flags = cpu_flags(info.read_text(errors="replace")) if info.is_file() else []
    if platform.machine() in ("x86_64", "AMD64") and info.is_file() and "avx2" not in flags:
        mend = "Expect a third of the usual speed; a smaller model (--model tiny.en) helps."
        yield Finding("Processor", "note", f"{value}, without AVX2", mend)
        return
    yield Finding("Processor", "ok", value + (f", {' '.join(flags)}" if flags else ""))
    if "avx512_bf16" in flags:
        yield _kernels()


def _kernels() -> Finding:
    from meetbot.transcribe.kernels.compile import compiler

    if compiler() is None:
        mend = "Install g++, or name a C++ compiler in CXX."
        return Finding("Speech kernels", "note", "PyTorch's: half the speed, as there is no C++ compiler", mend)
    return Finding("Speech kernels", "ok", "our own, compiled when first needed")


def _memory() -> Iterator[Finding]:
    total, free = memory()
    if not total:
        return
    value = f"{total / 2**30:.1f} GB" + (f", {free / 2**30:.1f} GB free" if free else "")
    enough = (free or total) >= WANTED_MEMORY
    mend = "" if enough else "Close other programs, or choose smaller models: --model tiny.en --llm qwen2.5-coder-0.5b."
    yield Finding("Memory", "ok" if enough else "note", value, mend)


def memory() -> tuple[int, int]:
    """Bytes of memory in all, and those a new program may have (0 where the system does not tell)."""
    info = Path("/proc/meminfo")
    if info.is_file():
        lines = (line.split() for line in info.read_text().splitlines())
        kilobytes = {words[0]: int(words[1]) for words in lines if len(words) > 1}
        return kilobytes["MemTotal:"] * 1024, kilobytes.get("MemAvailable:", 0) * 1024
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), 0
    return 0, 0


def _gpu() -> Iterator[Finding]:
    import torch

    kind = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else ""
    if kind == "cuda":
        found = torch.cuda.get_device_properties(0)
        yield Finding("GPU", "ok", f"{found.name}, {found.total_memory / 2**30:.0f} GB (CUDA {torch.version.cuda})")
        yield _gpu_kernels()
    elif kind == "mps":
        yield Finding("GPU", "ok", "Apple (MPS)")
    elif shutil.which("nvidia-smi"):
        mend = "Update NVIDIA's driver, or install a torch built for it: see pytorch.org/get-started."
        yield Finding("GPU", "note", f"there is one, but torch {torch.__version__} cannot use it", mend)
    else:
        yield Finding("GPU", "ok", "none: everything runs on the processor")
    yield _llama(kind)


def _gpu_kernels() -> Finding:
    import torch

    from meetbot.transcribe.kernels import HEAD, Chooses, pick

    found, missing = pick(torch.device("cuda"), torch.float16, (8 * HEAD, 8))
    if missing:
        mend = "Install gcc and Python's headers: Triton compiles with them."
        return Finding("GPU kernels", "note", f"PyTorch's: a fraction of the speed, as {missing}", mend)
    ours = isinstance(found, Chooses)
    return Finding("GPU kernels", "ok", "our own, compiled when first needed" if ours else "PyTorch's")


def _llama(gpu: str) -> Finding:
    try:
        import llama_cpp
    except (ImportError, OSError, RuntimeError) as error:
        mend = "Reinstall it with a C++ compiler at hand: uv sync --reinstall-package llama-cpp-python"
        return Finding("llama.cpp", "bad", f"cannot be loaded: {type(error).__name__}", mend)
    offload = bool(llama_cpp.llama_supports_gpu_offload())
    value = f"{llama_cpp.__version__}, {'offloads to a GPU' if offload else 'on the processor'}"
    if gpu and not offload:
        option = "-DGGML_CUDA=on" if gpu == "cuda" else "-DGGML_METAL=on"
        mend = f'CMAKE_ARGS="{option}" uv sync --reinstall-package llama-cpp-python  # lets it use the GPU'
        return Finding("llama.cpp", "note", value, mend)
    return Finding("llama.cpp", "ok", value)


def _models() -> Iterator[Finding]:
    from meetbot.config import resolve
    from meetbot.models import DEFAULTS, offline_wanted
    from meetbot.models.catalogue import catalogue
    from meetbot.models.listing import listing

    settings = resolve().settings
    chosen = [catalogue().find(name) for name in (settings.model, settings.llm)]
    needed = {item.id for item in chosen if item} | {name for name in DEFAULTS if _part(name)}
    for item in listing():
        if item.state == "damaged":
            yield Finding(f"Model {item.id}", "bad", "damaged", f"meetbot models pull {item.id}")
        elif item.state == "ok":
            yield Finding(f"Model {item.id}", "ok", f"{item.bytes / 1e6:,.0f} MB, {item.purpose or item.kind}")
        elif item.id in needed:
            verdict: Verdict = "bad" if offline_wanted() else "note"
            when = "missing" if offline_wanted() else "not here yet; fetched when first needed"
            yield Finding(f"Model {item.id}", verdict, when, f"meetbot models pull {item.id}")


def _part(model: str) -> bool:
    """Whether `model` is needed whatever Whisper and language model the user chose."""
    from meetbot.models.catalogue import catalogue

    found = catalogue().find(model)
    return found is not None and found.kind not in ("whisper", "llm")


def _disk() -> Iterator[Finding]:
    for name, folder in (("Models folder", paths.models()), ("Cache", paths.cache())):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        free = shutil.disk_usage(there).free
        value = f"{folder}, {free / 1e9:,.0f} GB free"
        if not os.access(there, os.W_OK):
            mend = "Make it yours, or set MEETBOT_MODELS or XDG_CACHE_HOME to a folder that is."
            yield Finding(name, "bad", f"{folder} cannot be written", mend)
        elif free < WANTED_DISK:
            yield Finding(
                name, "note", value, "Free some space; `meetbot cache clear` and `meetbot models remove` help."
            )
        else:
            yield Finding(name, "ok", value)


def _private() -> Iterator[Finding]:
    changed = [name for name, value in privacy.SILENCE.items() if os.environ.get(name) != value]
    if changed:
        yield Finding(
            "Telemetry", "bad", f"{', '.join(changed)} changed since meetbot started", "Report this as a bug."
        )
    else:
        yield Finding("Telemetry", "ok", "off: pyannote.audio, OpenTelemetry, LangChain, LangSmith, Hugging Face")
    from meetbot.models import offline_wanted

    forbidden = "never (MEETBOT_OFFLINE)" if offline_wanted() else "only to fetch a model"
    yield Finding("Network", "ok", f"used {forbidden}")
    for folder in (paths.data(), paths.cache(), paths.config(), paths.state()):
        if folder.is_dir() and (mode := stat.S_IMODE(folder.stat().st_mode)) & 0o077:
            mend = f"chmod 700 {folder}"
            yield Finding("Privacy of files", "note", f"{folder} can be read by others (mode {mode:o})", mend)
