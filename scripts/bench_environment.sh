#!/bin/sh
# The environment of `make bench`: sh scripts/bench_environment.sh .venv .venv-bench
# It sees everything in the first folder and adds the extra `bench` of pyproject.toml: PyTorch's CPU
# build and multivae. Where PyTorch's own index cannot be reached, the build that pip finds will do.
set -u
base=$1
venv=$2
log=$venv-setup.log
index=${TORCH_INDEX:-https://download.pytorch.org/whl/cpu}

wanted() { # the requirement of this package in the extra
    "$base/bin/python" - "$1" <<'PYTHON'
import sys, tomllib

with open("pyproject.toml", "rb") as file:
    extra = tomllib.load(file)["project"]["optional-dependencies"]["bench"]
print(next(line for line in extra if line.startswith(sys.argv[1])))
PYTHON
}

pip() {
    "$base/bin/python" -m pip --python "$venv/bin/python" install --quiet --retries 1 --timeout 15 "$@"
}

install() {
    "$base/bin/python" -m venv --without-pip "$venv" &&
        packages=$("$base/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))') &&
        inside=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))') &&
        echo "import site; site.addsitedir('$packages')" >"$inside/base.pth" &&
        pip --extra-index-url "$index" "$(wanted torch)" "$(wanted pydantic)" &&
        # their other requirements serve data sets and scores that are not used here
        pip --no-deps "$(wanted multivae)" "$(wanted pythae)"
}

echo "setup: making $venv with PyTorch and multivae (a few minutes, once) ..."
rm -rf "$venv"
if ! install >"$log" 2>&1; then
    echo "setup: the opponents could not be installed: $(tail -n 1 "$log") (details: $log)" >&2
    exit 1
fi
rm -f "$log"
echo "setup: $venv is ready"
