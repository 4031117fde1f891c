"""Make the virtual environment that `make demo`, `make test` and `make lab` run in.

    python tools/env.py .venv             the newest releases that settings.ini allows
    python tools/env.py .venv-oldest      every lower bound of settings.ini, taken exactly
    python tools/env.py .venv lab         the first, with lab_requirements added

The environment is made again when settings.ini or the Python changes. Standard library alone, and syntax that an old
Python can read: this file is what says that a Python is too old.
"""
import configparser
import hashlib
import os
import shutil
import subprocess
import sys
import time

OLDEST_PYTHON = (3, 10)
HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
GIB = 1024.0 ** 3


def stop(sentence):
    "End with one sentence on standard error and exit status 1."
    sys.stderr.write("multilabel: " + sentence + "\n")
    sys.exit(1)


def say(sentence):
    "One line that is seen at once, even through a pipe."
    print("multilabel: " + sentence)
    sys.stdout.flush()


def check_python():
    "Stop if this Python is too old, or can't make virtual environments."
    if sys.version_info[:2] < OLDEST_PYTHON:
        stop("Python %d.%d is too old: install Python 3.10, 3.11, 3.12 or 3.13 and run make again "
             "(or name one: make PYTHON=python3.12 ...)." % sys.version_info[:2])
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        if not shutil.which("uv"):
            stop("this Python has no venv module: install it (on Debian and Ubuntu: "
                 "apt install python3-venv) and run make again.")


def settings():
    "The [DEFAULT] section of settings.ini."
    parser = configparser.ConfigParser(delimiters=["="])
    parser.read(os.path.join(HERE, "settings.ini"), encoding="utf-8")
    return parser["DEFAULT"]


def requirements(cfg, oldest):
    "What to install; for the oldest stack each `>=` becomes `==`, so that every lower bound is tested."
    names = cfg["requirements"].split() + cfg["dev_requirements"].split()
    names += cfg["app_requirements"].split() + cfg["book_requirements"].split()
    if oldest:
        return [n.replace(">=", "==") for n in names] + cfg["oldest_requirements"].split()
    return names


def check_disk(folder):
    "Stop early when what is to be installed can't fit."
    needed = 8 * GIB if sys.platform.startswith("linux") else 3 * GIB
    free = shutil.disk_usage(folder).free
    if free < needed:
        stop("the disk is too full: the install takes about %.0f GB and %.1f GB are free under %s."
             % (needed / GIB, free / GIB, folder))


def fingerprint(oldest):
    "Changes when settings.ini, this file or the Python does."
    parts = [sys.version, str(oldest), HERE]  # the environment points at this folder
    for name in ("settings.ini", os.path.join("tools", "env.py")):
        with open(os.path.join(HERE, name), encoding="utf-8") as f:
            parts.append(f.read())
    return hashlib.sha256("\n".join(parts).encode("utf-8")).hexdigest()


def run(command, what):
    "Run a command; when it fails, show the end of what it said and stop with one sentence."
    done = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True, errors="replace")
    if done.returncode:
        sys.stderr.write("\n".join(done.stdout.splitlines()[-15:]) + "\n")
        if "No space left" in done.stdout:
            stop("the disk is full: free about 8 GB and run make again.")
        stop("could not %s (the end of what the installer said is above); is the package registry reachable?" % what)


def installer(folder):
    "The command that installs into the environment: uv where it is there, pip otherwise."
    python = os.path.join(folder, "Scripts" if os.name == "nt" else "bin", "python")
    uv = shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--quiet", "--python", python]
    return [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


def make(folder, oldest):
    "Create the environment from nothing and install into it."
    uv = shutil.which("uv")
    check_disk(HERE)
    say("setting up %s with %s: some gigabytes to download and unpack, 2 to 10 minutes. This is done once."
        % (os.path.basename(folder), "uv" if uv else "pip"))
    start = time.time()
    shutil.rmtree(folder, ignore_errors=True)
    if uv:
        run([uv, "venv", "--quiet", "--python", sys.executable, folder], "make a virtual environment")
    else:
        run([sys.executable, "-m", "venv", folder], "make a virtual environment")
    pip = installer(folder)
    run(pip + requirements(settings(), oldest), "install the requirements")
    run(pip + ["--no-deps", "-e", "."], "install multilabel itself")
    say("%s is ready after %.0f s." % (os.path.basename(folder), time.time() - start))


def is_marked(stamp, mark):
    "Whether the file `stamp` holds `mark`."
    if not os.path.exists(stamp):
        return False
    with open(stamp, encoding="utf-8") as f:
        return f.read() == mark


def write_mark(stamp, mark):
    "Note what an environment was made from, once it is whole."
    with open(stamp, "w", encoding="utf-8") as f:
        f.write(mark)


def main():
    "Make the environment named on the command line, unless it is up to date."
    check_python()
    folder = os.path.join(HERE, sys.argv[1])
    oldest = sys.argv[1].endswith("oldest")
    mark = fingerprint(oldest)
    stamp, lab_stamp = os.path.join(folder, "made-from"), os.path.join(folder, "lab-made-from")
    if not is_marked(stamp, mark):
        if os.path.exists(stamp):
            say("settings.ini or Python has changed: %s is made again." % sys.argv[1])
        make(folder, oldest)
        write_mark(stamp, mark)
    if "lab" in sys.argv[2:] and not is_marked(lab_stamp, mark):
        say("adding JupyterLab to %s: about a minute." % sys.argv[1])
        run(installer(folder) + settings()["lab_requirements"].split(), "install JupyterLab")
        write_mark(lab_stamp, mark)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        stop("stopped; run make again to go on.")
    except OSError as e:
        stop("could not set up the environment: %s." % e)
