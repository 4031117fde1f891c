"""Training steps of the small network in the memory layout that `make_model` gives it, against PyTorch's default layout.

    python benchmarks/layout.py

Both are run in turn in one process; the outputs are compared first. Prints the median time of each and their ratio.
"""
import statistics
import time

import torch

from multilabel.models import make_model

ROUNDS, BATCH, SIZE = 15, 32, 128


def step(model, x):
    "Seconds of one forward and backward pass."
    start = time.perf_counter()
    model(x).square().mean().backward()
    return time.perf_counter() - start


def main():
    torch.manual_seed(0)
    ours, x = make_model("small", 4), torch.randn(BATCH, 3, SIZE, SIZE)
    default = make_model("small", 4).to(memory_format=torch.contiguous_format)
    default.load_state_dict(ours.state_dict())
    default = default.to(memory_format=torch.contiguous_format)
    torch.testing.assert_close(ours.eval()(x), default.eval()(x), atol=1e-4, rtol=1e-4)
    ours.train(), default.train()
    for model in (ours, default): step(model, x)
    times = [(step(ours, x), step(default, x)) for _ in range(ROUNDS)]
    channels_last, contiguous = (statistics.median(t) for t in zip(*times))
    print(f"{BATCH} pictures of {SIZE} px, {torch.get_num_threads()} thread(s): channels last {channels_last * 1000:.0f} ms, "
          f"default layout {contiguous * 1000:.0f} ms, ratio {contiguous / channels_last:.2f}")


if __name__ == "__main__":
    main()
