"""`seakeep run`: probe, walk, load and break a platform, then judge and report it in one go."""
