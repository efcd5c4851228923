package file

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDiffSync(t *testing.T) {
	ms := models("site: name | region", "device: name | role @ site", "port: device, name | speed @ device", "area: name @ area")
	for name, c := range map[string]struct {
		text, want string
		cfg        Config
	}{
		"children before and after their parents, flags, other kinds": {
			text: `{"device": {"d": {"name": "d", "role": "r", "ports": ["d__1"], "model_flags": 4}},
"site": {"a": {"name": "a", "region": null, "devices": ["d"], "model_flags": 0}},
"port": {"d__1": {"device": "d", "name": 1, "speed": 9007199254740993}}, "person": {"x": {}}}`,
			want: "site name=\"a\" region=null devices=[\"d\"] model_flags=0 (export.json:2)\n" +
				"device name=\"d\" role=\"r\" ports=[\"d__1\"] model_flags=4 site=\"a\" flags=4 (export.json:1)\n" +
				"port device=\"d\" name=1 speed=9007199254740993 (export.json:3)\n",
		},
		"a name of its own for a list": {
			cfg:  Config{ChildrenFields: map[string]string{"device": "boxes"}},
			text: `{"site": {"a": {"name": "a", "boxes": ["d"]}}, "device": {"d": {"name": "d"}}}`,
			want: "site name=\"a\" boxes=[\"d\"] (export.json:1)\ndevice name=\"d\" site=\"a\" (export.json:1)\n",
		},
		"in no list, in two lists, in one that is not there": {
			text: "{\"site\": {\"a\": {\"name\": \"a\", \"devices\": [\"d\", \"gone\"]}, \"b\": {\"name\": \"b\", \"devices\": [\"d\"]}},\n\"device\": {\"d\": {\"name\": \"d\"},\n\"e\": {\"name\": \"e\"}}}",
			want: "site name=\"a\" devices=[\"d\",\"gone\"] (export.json:1)\nsite name=\"b\" devices=[\"d\"] (export.json:1)\n" +
				"! device name=\"d\" export.json:2: \"d\" is listed twice, by site \"a\" and site \"b\"\n" +
				"! device name=\"e\" export.json:3: \"e\" is an orphan: no site lists it in \"devices\"\n" +
				"! device export.json: site \"a\" lists device \"gone\", which is not in the file\n",
		},
		"the same twice in one list is one child": {
			text: `{"site": {"a": {"name": "a", "devices": ["d", "d"]}}, "device": {"d": {"name": "d"}}}`,
			want: "site name=\"a\" devices=[\"d\",\"d\"] (export.json:1)\ndevice name=\"d\" site=\"a\" (export.json:1)\n",
		},
		"a field that says otherwise": {
			text: `{"site": {"a": {"name": "a", "devices": ["d"]}}, "device": {"d": {"name": "d", "site": "b"}}}`,
			want: "site name=\"a\" devices=[\"d\"] (export.json:1)\n! device name=\"d\" export.json:1: site \"a\" lists it, but its own site is b\n",
		},
		"a record that cannot be used is there all the same": {
			text: `{"site": {"a": {"name": "a", "devices": ["d"]}, "b": {"name": "b", "devices": "x"}}, "device": {"d": {"name": "d", "role": NaN}}}`,
			want: "site name=\"a\" devices=[\"d\"] (export.json:1)\n! site name=\"b\" export.json:1: devices: want a list of unique ids, got \"x\"\n" +
				"! device name=\"d\" export.json:1: at byte 22: NaN is not a number that JSON has; write null\n",
		},
		"flags that are no number": {
			text: `{"site": {"a": {"name": "a", "devices": ["d"], "model_flags": "DiffSyncModelFlags.IGNORE"}}, "device": {"d": {"name": "d", "model_flags": 300}}}`,
			want: "! site name=\"a\" export.json:1: model_flags: want the flags' number (in Python flags.value), got \"DiffSyncModelFlags.IGNORE\"\n" +
				"! device name=\"d\" export.json:1: model_flags: want the flags' number (in Python flags.value), got 300\n",
		},
		"a kind in itself stands at the top or in a list": {
			text: `{"area": {"x": {"name": "x", "areas": ["y"]}, "y": {"name": "y"}}}`,
			want: "area name=\"x\" areas=[\"y\"] (export.json:1)\narea name=\"y\" area=\"x\" (export.json:1)\n",
		},
		"cut off": {text: `{"site": {"a": {"name": "a"`, want: "error: export.json:1: the file ends in the middle; it is cut off\n"},
		"empty":   {text: `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "export.json", c.text)
			cfg := c.cfg
			cfg.Path, cfg.Format = "export.json", "diffsync"
			if d := cmp.Diff(c.want, text(side(t, dir, "source", &cfg, ms...), nil, ms...)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestUniqueIDs(t *testing.T) {
	for text, want := range map[string]string{
		`["a","b__c"]`: "a__b__c", `["a",1]`: "a__1", `[1.5,true]`: "1.5__True", `[null,false]`: "None__False",
		`[["a'b",2]]`: `["a'b", 2]`, `[{"k":"v\n"}]`: `{'k': 'v\n'}`, `["é"]`: "é", `[["é\u0001'\""]]`: `['é\x01\'"']`,
	} {
		f := fields("x=" + text)
		if got := joinIDs(f[0].Value.Elements()); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}
