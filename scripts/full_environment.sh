#!/bin/sh
# The environment of `make full`: sh scripts/full_environment.sh .venv .venv-full
# It holds Snakemake with its executors for clusters, the extra `full` of pyproject.toml, and nothing
# of the book: what Snakemake asks for does not fit beside the packages of requirements.lock, and
# every job runs in .venv.
set -u
base=$1
venv=$2
log=$venv-setup.log

wanted() { # the requirements of the extra, a line each
    "$base/bin/python" - <<'PYTHON'
import tomllib

with open("pyproject.toml", "rb") as file:
    extras = tomllib.load(file)["project"]["optional-dependencies"]
print(*extras["full"], sep="\n")
PYTHON
}

install() {
    "$base/bin/python" -m venv --without-pip "$venv" &&
        wanted >"$venv/wanted.txt" &&
        "$base/bin/python" -m pip --python "$venv/bin/python" install --quiet --retries 1 \
            --timeout 30 -r "$venv/wanted.txt"
}

echo "setup: making $venv with Snakemake (a minute, once) ..."
rm -rf "$venv"
if ! install >"$log" 2>&1; then
    echo "setup: Snakemake could not be installed: $(tail -n 1 "$log") (details: $log)" >&2
    exit 1
fi
rm -f "$log"
echo "setup: $venv is ready"
