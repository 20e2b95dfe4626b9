"""``dreambridge package``: makes a relocatable folder with a Python, the runtime and one bundle.

``folder`` makes it from the files that ``interpreter``, ``distributions`` and ``libraries`` list, ``licences`` collects the
licences, and ``self_test`` runs the result before it is renamed. The daemon does not use this package.
"""
