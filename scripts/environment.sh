#!/bin/sh
# Make the Python environment of this project: sh scripts/environment.sh .venv
# It holds exactly the packages of requirements.lock, and this library.
set -u
venv=${1:-.venv}
log=$venv-setup.log
need_mb=4000 # TensorFlow alone takes 1.5 GB, and as much again while it is unpacked

fail() {
    echo "setup: $*" >&2
    exit 1
}

# The newest interpreter is not the best known one: 3.11 and 3.12 come first. Being on the path
# proves nothing (a version manager may put names there that do not run), so each is tried.
for name in ${PYTHON:-} python3.11 python3.12 python3.13 python3 python; do
    if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null
    then
        python=$name
        break
    fi
done
[ -n "${python:-}" ] || fail "no Python 3.11, 3.12 or 3.13 found;" \
    "install one, or name it: make book PYTHON=/path/to/python3.11"

free_mb=$(df -Pm . | awk 'NR == 2 { print $4 }')
[ "${free_mb:-$need_mb}" -ge "$need_mb" ] || fail "not enough disk:" \
    "the environment needs $need_mb MB here, $free_mb MB are free"

echo "setup: making $venv with $("$python" --version) (a few minutes, once) ..."
rm -rf "$venv"

with_uv() {
    "$uv" pip install --quiet --python "$venv/bin/python" -r requirements.lock &&
        "$uv" pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation -e .
}

with_pip() {
    "$venv/bin/python" -m pip install --quiet --retries 2 -r requirements.lock &&
        "$venv/bin/python" -m pip install --quiet --no-deps --no-build-isolation -e .
}

install() {
    if uv=$(command -v uv); then
        "$uv" venv --quiet --seed --python "$python" "$venv" && with_uv && return
        echo "setup: uv could not do it, trying pip"
        rm -rf "$venv"
    fi
    "$python" -m venv "$venv" || return
    if [ -z "$uv" ] && "$venv/bin/python" -m pip install --quiet --retries 1 uv; then
        uv=$venv/bin/uv
        with_uv && return
    fi
    with_pip
}

if ! install >"$log" 2>&1; then
    if grep -qi 'no space left' "$log"; then
        fail "the disk is full (details: $log)"
    elif grep -qiE 'ensurepip|venv.*not available' "$log"; then
        fail "this Python lacks the venv module; install python3-venv, or uv (details: $log)"
    elif grep -qiE 'dns error|name resolution|connection|timed out|network|fetch|no matching dist' "$log"
    then
        fail "the package index cannot be reached; is there a network? (details: $log)"
    fi
    fail "the packages could not be installed: $(tail -n 1 "$log") (details: $log)"
fi
rm -f "$log"
echo "setup: $venv is ready"
