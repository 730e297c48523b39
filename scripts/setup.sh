#!/usr/bin/env bash
# Builds .venv with a Python of 3.12 or newer and installs this project into it.
# Usage: scripts/setup.sh EXTRAS STAMP      (for example: scripts/setup.sh dev .venv/.installed-dev)
# Looks for Python in $PYTHON, on PATH, where pyenv, conda, Homebrew and the system keep theirs, then
# asks uv (if it is there, or if any Python can install it); says what to install if none is found.
set -euo pipefail
extras="$1"
stamp="$2"
cd "$(dirname "$0")/.."

new_enough() {
  "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1
}

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3.14 python3.13 python3.12 python3 python \
    "$HOME"/.pyenv/versions/3.1[2-9]*/bin/python3 \
    "$HOME"/.local/share/uv/python/cpython-3.1[2-9]*/bin/python3 \
    "$HOME"/miniconda3/bin/python3 "$HOME"/anaconda3/bin/python3 "$HOME"/miniforge3/bin/python3 \
    /opt/conda/bin/python3 /opt/homebrew/bin/python3.1[2-9] /usr/local/bin/python3.1[2-9] \
    /usr/bin/python3.1[2-9]; do
    [ -n "$candidate" ] || continue
    if new_enough "$candidate"; then
      command -v "$candidate"
      return 0
    fi
  done
  return 1
}

make_venv() {
  local python uv bootstrap
  if python="$(find_python)"; then
    echo "Using $python ($("$python" --version 2>&1))"
    "$python" -m venv --clear .venv
    return
  fi
  uv="$(command -v uv || true)"
  if [ -z "$uv" ] && command -v python3 >/dev/null 2>&1; then
    bootstrap="$(mktemp -d)"
    if python3 -m venv "$bootstrap" >/dev/null 2>&1 &&
      "$bootstrap/bin/python" -m pip install --quiet uv >/dev/null 2>&1; then
      uv="$bootstrap/bin/uv"
    fi
  fi
  if [ -n "$uv" ] && "$uv" venv --quiet --seed --clear --python '>=3.12' .venv; then
    return
  fi
  cat >&2 <<'MESSAGE'
bayes_alliance needs Python 3.12 or newer, and none was found on this machine.
Install one of these, then run the same command again:
  - Python from your system (for example: apt install python3.12 python3.12-venv, or brew install python@3.12)
  - uv, which brings its own Python
If Python 3.12+ is installed somewhere unusual: PYTHON=/path/to/python3.12 make demo
MESSAGE
  exit 1
}

if ! { [ -x .venv/bin/python ] && new_enough .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; }; then
  make_venv
fi
echo "Installing bayes_alliance and what it needs into .venv (once) ..."
# The pip that comes with an older Python takes half as long again as the newest.
.venv/bin/python -m pip install --quiet --disable-pip-version-check --upgrade pip || true
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile \
  --constraint constraints.txt --editable ".[$extras]"
# On all cores, and without tests that packages bring and large packages that are compiled already or
# hardly imported: pip takes one core and every file. Files that are no Python of this version fail
# to compile, and nobody imports them.
spared='[/\\](tests?|pip|setuptools|mypy|mypyc|sqlalchemy|debugpy)[/\\]'
.venv/bin/python -m compileall -qq -j 0 -x "$spared" .venv/lib bayes_alliance tests || true
touch "$stamp"
