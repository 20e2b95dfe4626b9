"""The script that a game starts: it runs the Python in the folder, wherever the folder is."""

from pathlib import PurePosixPath

LAUNCHER = "dreambridge"
# -I and the file ._pth next to the program exclude variables, user folders and the working folder. -B: nothing is written.
_SCRIPT = """\
#!/bin/sh
# Runs Dreambridge with the Python in this folder. The folder can be anywhere and is never written to.
self=$0
if [ -h "$self" ]; then self=$(readlink -f -- "$self"); fi
case $self in */*) ;; *) self=./$self ;; esac
here=$(CDPATH= cd -P -- "${self%/*}" && pwd -P) || exit 1
libraries=$here/@LIBRARIES@
# The loader would read such a path as several paths.
case $here in *[:\\;\\$]*) cd -- "$here" || exit 1; libraries=@LIBRARIES@ ;; esac
unset DREAMBRIDGE_BUNDLES
export LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec "$here/@PROGRAM@" -I -B -m dreambridge "$@"
"""


def launcher(program: PurePosixPath, libraries: PurePosixPath) -> str:
    """The script's text; both arguments are places in the folder."""
    return _SCRIPT.replace("@PROGRAM@", str(program)).replace("@LIBRARIES@", str(libraries))
