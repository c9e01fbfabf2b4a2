"""How near the percentiles of the store's histograms are to those of a log of each request.

A million requests of a heavy-tailed mixture, dealt to four recorders as to four processes, batch
by batch into a store, read back and merged; beside them numpy's nearest rank of the raw log.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.measure import Figure
from seakeep import environment
from seakeep.histogram import Histogram
from seakeep.load.recorder import LATE_S, Recorder
from seakeep.store import open_store

__all__ = ["run"]

_REQUESTS = 1_000_000
_SECONDS = 100
_PROCESSES = 4
_ROUNDS = 3
_PERCENTILES = (50.0, 95.0, 99.0, 99.9)
_AIM = 1.0
_NAMES = ("/", "/health", "/lti/config")
_LIMITS_S = (0.3, 1.0)
"""As two objectives have them; the recorder parts its batches there."""
_Seconds = npt.NDArray[np.float64]


def run() -> Iterator[Figure]:
    """Yield the relative errors, the recorder's rate, and the rows that a million requests take."""
    rounds = [_round(seed) for seed in range(_ROUNDS)]
    for number, percentile in enumerate(_PERCENTILES):
        for column, what in enumerate(("response", "service")):
            errors = tuple(one[0][column][number] for one in rounds)
            title = f"{what} p{percentile:g} to the raw log's, off by"
            yield Figure(title, errors, "%", f"<= {_AIM:g} %", max(errors) <= _AIM)
    yield Figure("requests recorded, one process", tuple(one[1] for one in rounds), "/s")
    yield Figure("rows of a million requests", tuple(one[2] / 1000 for one in rounds), "thousand")


def _round(seed: int) -> tuple[tuple[list[float], list[float]], float, float]:
    service_s = _heavy_tailed(seed)
    late_s = np.random.default_rng(seed + 100).exponential(0.002, _REQUESTS)
    late_s[::1000] += 0.8  # and a few that a stall kept waiting
    response_s = service_s + late_s
    with tempfile.TemporaryDirectory() as name:
        os.environ[environment.RUN_ID] = "bench"
        rate_per_s = _record(Path(name), response_s, late_s)
        responses, services, rows = _read(Path(name))
    return (_errors(responses, response_s), _errors(services, service_s)), rate_per_s, rows


def _heavy_tailed(seed: int) -> _Seconds:
    """Return quick answers, slow ones, and one in fifty from a tail without a variance."""
    chance = np.random.default_rng(seed)
    quick = chance.lognormal(-5.0, 0.4, _REQUESTS)
    slow = chance.lognormal(-1.5, 0.6, _REQUESTS)
    tail = 0.5 * (1 + chance.pareto(1.5, _REQUESTS))
    which = chance.random(_REQUESTS)
    mixed = np.where(which < 0.8, quick, np.where(which < 0.98, slow, tail))
    return np.minimum(mixed, 3_600.0)


def _record(home: Path, response_s: _Seconds, late_s: _Seconds) -> float:
    """Record all, a second at a time as the generator does; return requests per second of CPU."""
    recorders = [Recorder("shop", "bench", _LIMITS_S) for _ in range(_PROCESSES)]
    begin, each, used_s = int(time.time()) - 3_600, _REQUESTS // _SECONDS, 0.0
    with open_store(home) as store:
        for second in range(_SECONDS):
            began_s = time.process_time()
            for number in range(second * each, (second + 1) * each):
                recorders[number % _PROCESSES].on_request(
                    request_type="GET",
                    name=_NAMES[number % len(_NAMES)],
                    response_time=float(response_s[number]) * 1000,
                    start_time=begin + number / each,
                    context={LATE_S: float(late_s[number])},
                )
            used_s += time.process_time() - began_s
            for recorder in recorders:
                store.record_many(recorder.take())
    return _REQUESTS / used_s


def _read(home: Path) -> tuple[Histogram, Histogram, float]:
    responses, services, rows = Histogram(), Histogram(), 0
    with open_store(home) as store:
        for observation in store.observations():
            assert observation.batch
            responses.merge(observation.batch.durations)
            services.merge(observation.batch.service)
            rows += 1
    if not responses.count == services.count == _REQUESTS:
        raise RuntimeError(f"{responses.count} requests came back; wanted {_REQUESTS}")
    return responses, services, float(rows)


def _errors(histogram: Histogram, raw_s: _Seconds) -> list[float]:
    shares = [percentile / 100 for percentile in _PERCENTILES]
    true_s = np.quantile(raw_s, shares, method="inverted_cdf")
    found = [histogram.quantile(share) or 0.0 for share in shares]
    return [float(100 * abs(one / true - 1)) for one, true in zip(found, true_s, strict=True)]
