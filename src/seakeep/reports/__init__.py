"""Reports: what a run saw and what may be claimed of it, as a page, as files for CI, as metrics."""
