"""``dreambridge package``: a folder with a Python, the runtime and one bundle that runs wherever it is put.

``folder`` makes it of what ``interpreter``, ``distributions`` and ``libraries`` name, ``licences`` gathers the licences, and
``self_test`` runs the result before it gets its name. Nothing here is used by the daemon.
"""
