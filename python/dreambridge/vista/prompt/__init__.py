"""The prompt: what a sentence says of the picture.

``head`` is the network and its export, ``fitting`` trains it on the sentences of ``grammar`` (in the words of
``words``) and ``unrelated``, ``scoring`` measures it on held-out prompts. Imports no other sub-package of Vista.
"""
