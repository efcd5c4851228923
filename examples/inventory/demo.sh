#!/bin/bash
# The demo: a copy of this folder in .demo/ (or the folder given), synced into a database that is made for it; then a day's edits, a night in which the database refuses one of them,
# and a morning's edits that wait. Called by make demo.
set -euo pipefail
cd "$(dirname "$0")/../.."
PATH=$(cd "${BIN:-bin}" && pwd):$PATH
demo=${1:-.demo}
rm -rf "$demo"
cp -r examples/inventory "$demo"
cd "$demo"
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

say "That night: a switch is back, and a new one was entered with the serial number of another. The database refuses that one; the rest is written"
sed -i.old '/^LON01-OOB-01/s/Down/Up/' network/devices.csv
rm network/*.old
echo 'AMS01-LEAF-09.net.example,ams01,ams01-r05,41,leaf,DCS-7050SX3-48YC8,JPE220123Y2,PL-02155,Planned,build;fabric-a' >>network/devices.csv
echo 'ams01-leaf-09,Management1,1000base-t,yes,1500,00:1c:73:8e:2a:ef,ams01-oob-01 port 19' >>network/interfaces.csv
run plumb sync inventory.yaml --yes || [ $? = 3 ] # 3: some of it was not written

say "The next morning: somebody edits a note, and looks at what the next sync would change. The switch is still among it"
sed -i.old 's/units 1 to 20/units 1 to 24/' network/racks.json
rm network/*.old
run plumb plan inventory.yaml

say "What ran, and how long it took"
run plumb runs
echo
echo "To look at it in a browser, also at what failed and why:   cd $demo && $(command -v plumb) ui"
echo "All of it is in ${1:-.demo}: the files in network/, the job inventory.yaml, the database assets.db."
