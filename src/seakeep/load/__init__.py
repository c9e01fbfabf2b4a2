"""Load: Locust scenarios bound to a platform, their recorder and their gate.

Importing `seakeep.load` is cheap. Its modules `scenario`, `user` and `plugin` import Locust, which
swaps the sockets of the whole process for gevent's: only locustfiles import them.
"""
