"""The script that a game starts: it runs the folder's own Python, wherever the folder lies."""

from pathlib import PurePosixPath

LAUNCHER = "dreambridge"
# -I and the file ._pth beside the program: no variable, user folder or working folder gets in. -B: the folder stays as it is.
_SCRIPT = """\
#!/bin/sh
# Runs Dreambridge with the Python in this folder. The folder may lie anywhere and is never written to.
self=$0
if [ -h "$self" ]; then self=$(readlink -f -- "$self"); fi
case $self in */*) ;; *) self=./$self ;; esac
here=$(CDPATH= cd -P -- "${self%/*}" && pwd -P) || exit 1
libraries=$here/@LIBRARIES@
# The loader would take such a path for several ones.
case $here in *[:\\;\\$]*) cd -- "$here" || exit 1; libraries=@LIBRARIES@ ;; esac
unset DREAMBRIDGE_BUNDLES
export LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec "$here/@PROGRAM@" -I -B -m dreambridge "$@"
"""


def launcher(program: PurePosixPath, libraries: PurePosixPath) -> str:
    """The script's text; both are places in the folder."""
    return _SCRIPT.replace("@PROGRAM@", str(program)).replace("@LIBRARIES@", str(libraries))
