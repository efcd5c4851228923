package nautobot

import "testing"

func TestChoiceNames(t *testing.T) {
	for value, want := range map[string]string{
		"container": "CONTAINER", "1000base-t": "A_1000BASE_T", "2.5gbase-t": "A_2_5GBASE_T", "tagged-all": "TAGGED_ALL", "Europe/Amsterdam": "EUROPE_AMSTERDAM", "a_b": "A_B", "a - b": "A_B",
	} {
		if got := choiceName(value); got != want {
			t.Errorf("%q is named %q, want %q", value, got, want)
		}
	}
}
