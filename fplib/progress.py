"""Progress of a long fit on a terminal; silent in notebooks, logs and CI."""

from __future__ import annotations

import sys
import time


class Progress:
    """One line that rewrites itself: share done, rate, time left.

    Args:
        label: what is running.
        total: specimens to be processed in all.
        show: True or False; None shows it when standard error is a terminal.
    """

    def __init__(self, label: str, total: int, show: bool | None = None) -> None:
        self.label, self.total = label, total
        self.show = sys.stderr.isatty() if show is None else show
        self.started, self.done, self.width = time.perf_counter(), 0, 0

    def update(self, specimens: int, note: str = "") -> None:
        """Count specimens as processed and redraw."""
        self.done += specimens
        if not self.show:
            return
        seconds = time.perf_counter() - self.started
        rate = self.done / max(seconds, 1e-9)
        left = (self.total - self.done) / max(rate, 1e-9)
        line = f"{self.label} {self.done / self.total:4.0%} · {rate:,.0f}/s · {clock(left)} left {note}"
        sys.stderr.write("\r" + line.ljust(self.width))
        sys.stderr.flush()
        self.width = len(line)

    def close(self) -> None:
        """End the line."""
        if self.show and self.width:
            sys.stderr.write("\n")


def clock(seconds: float) -> str:
    """Minutes and seconds, 3:07."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
