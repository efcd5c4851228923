package nautobot

import (
	"strings"
	"sync"
	"unicode"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// enum are the choices of one field. GraphQL names them in capitals ("A_1000BASE_T"), REST and people by their values ("1000base-t", 19).
// The names are made of the values; which values there are REST says to who may write, and for who only reads it is learned from one object for each choice.
type enum struct {
	endpoint, attr string

	mu     sync.Mutex
	values map[string]record.Value // by name
}

// choiceError is the error for a choice of which the value is not known yet.
type choiceError struct {
	enum *enum
	name string
}

func (e *choiceError) Error() string {
	return "field " + e.enum.attr + " has a choice that is not known: " + e.name
}

// choiceName returns the name that Nautobot's GraphQL makes of a value: in capitals, what is no letter or digit as an underscore, several of them as one.
func choiceName(value string) string {
	var b strings.Builder
	gap := false
	for _, r := range value {
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			gap = true
			continue
		}
		if gap {
			b.WriteByte('_')
		}
		gap = false
		b.WriteRune(unicode.ToUpper(r))
	}
	if gap {
		b.WriteByte('_')
	}
	n := b.String()
	if !isName(n) {
		n = "A_" + n
	}
	return n
}

// learn takes values from Nautobot's description of a field. Values of one name are left out; they are learned one by one.
func (e *enum) learn(choices []record.Value) {
	e.mu.Lock()
	defer e.mu.Unlock()
	twice := map[string]int{}
	for _, c := range choices {
		twice[choiceName(chosen(c))]++
	}
	for _, c := range choices {
		if n := choiceName(chosen(c)); twice[n] == 1 {
			e.values[n] = c
		}
	}
}

// chosen returns the value of a choice as people write it: a text, or the digits of a whole number; "" of what is no such value.
func chosen(v record.Value) string {
	if len(v) == 0 {
		return ""
	}
	if _, whole := v.Int64(); whole {
		return string(v)
	}
	return text(v)
}

func (e *enum) value(name string) (record.Value, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if v := e.values[name]; v != nil {
		return v, nil
	}
	return nil, &choiceError{e, name}
}

// teach takes the value of a choice from an object that has it, as REST shows it.
func (e *enum) teach(name string, object record.Value) error {
	v := object.Members().Get(e.attr)
	if m := v.Members(); len(v) > 0 && v[0] == '{' {
		v = m.Get("value")
	}
	if chosen(v) == "" {
		return fault.Errorf(fault.Invalid, "field %q has the choice %s, and REST does not say its value: it has %s", e.attr, name, shortened(string(v)))
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.values[name] = clone(v)
	return nil
}
