#!/bin/bash
# The demo: a copy of this folder in .demo/, synced into a database that is made for it; then a day's edits, and the sync of those. Called by make demo.
set -euo pipefail
cd "$(dirname "$0")/../.."
rm -rf .demo
cp -r examples/inventory .demo
PATH=$PWD/bin:$PATH
cd .demo
export PAGER=cat

say() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
run() { printf '\033[1m$ %s\033[0m\n' "$*"; "$@"; }
if [ -n "${NO_COLOR:-}" ] || ! [ -t 1 ]; then
  say() { printf '\n# %s\n' "$*"; }
  run() { printf '$ %s\n' "$*"; "$@"; }
fi

say "Is the job right, and do both systems answer?"
run plumb check inventory.yaml --connect

say "What would change? Everything; here one firewall with its interfaces, and the counts"
run plumb plan inventory.yaml --match ams01-fw-01

say "Apply it: sync makes the database first (the 426 creates that it prints are cut here)"
run plumb sync inventory.yaml --yes | { head -n 1; tail -n 20; }

say "And now nothing differs any more"
run plumb plan inventory.yaml

say "A day later: one device is moved, one goes live, one interface is gone, a prefix is new"
sed -i.old -e '/^BER01-LEAF-06/s/ber01,ber01-r03/lon01,lon01-r04/' -e '/^AMS01-LEAF-08/s/Staged,staging/Up,prod/' network/devices.csv
sed -i.old -e '/^muc01-acc-02,GigabitEthernet1\/0\/3,/d' network/interfaces.csv
echo '- {prefix: 10.64.30.0/24, site: muc01, role: voice, status: active, vlan: 30}' >>network/prefixes.yaml
rm network/*.old
run plumb sync inventory.yaml --yes --memory-profiling

say "What ran, and how long it took"
run plumb runs
echo
echo "To look at it in a browser:   cd .demo && ../bin/plumb ui"
echo "All of it is in .demo/: the files in network/, the job inventory.yaml, the database assets.db."
