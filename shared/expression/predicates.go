package expression

// predicate is a function over the elements of a list, which # is in its second argument.
type predicate struct {
	optional bool // the second argument may be left out
	extra    bool // it may have a third one
	run      func(w walk) (any, error)
}

// walk is one call of a predicate.
type walk struct {
	s     *state
	name  token
	list  []any
	each  node // nil where it was left out
	extra any  // nil where it was left out
	given bool // extra was given
}

// overList parses the arguments of a predicate.
func (p *parser) overList(t token, pr predicate, given []node) node {
	var list, each, extra node
	if len(given) > 0 {
		list = given[0]
	} else {
		list = p.binary(0)
		if !pr.optional || p.is(",") {
			p.expect(",")
		}
	}
	if !p.is(")") {
		braced := p.accept("{")
		p.depth++
		each = p.sequence()
		p.depth--
		if braced {
			p.expect("}")
		}
	} else if !pr.optional {
		p.fail(p.tok(), "%s wants a condition or an expression after the list", t.text)
	}
	if p.accept(",") && !p.is(")") {
		if extra = p.binary(0); !pr.extra {
			p.fail(t, "%s takes 2 arguments", t.text)
		}
		p.accept(",")
	}
	p.expect(")")
	return func(s *state) (any, error) {
		v, err := list(s)
		if err != nil {
			return nil, err
		}
		l, ok := v.([]any)
		if !ok {
			return nil, wants(t, "a list", v)
		}
		w := walk{s: s, name: t, list: l, each: each, given: extra != nil}
		if extra != nil {
			if w.extra, err = extra(s); err != nil {
				return nil, err
			}
		}
		return pr.run(w)
	}
}

// at evaluates the second argument for an element.
func (w walk) at(i int, acc any) (any, error) {
	if err := w.s.charge(0); err != nil {
		return nil, err
	}
	w.s.scopes = append(w.s.scopes, scope{item: w.list[i], index: i, acc: acc})
	v, err := w.each(w.s)
	w.s.scopes = w.s.scopes[:len(w.s.scopes)-1]
	return v, err
}

// find returns the place of the first element, or from the end the last, for which the condition is want; -1: none.
func (w walk) find(want, backward bool) (int, error) {
	for n := range w.list {
		i := n
		if backward {
			i = len(w.list) - 1 - n
		}
		v, err := w.at(i, nil)
		if err != nil {
			return 0, err
		}
		b, ok := v.(bool)
		if !ok {
			return 0, wants(w.name, "a condition", v)
		}
		if b == want {
			return i, nil
		}
	}
	return -1, nil
}

// matching returns the elements for which the condition holds.
func (w walk) matching() ([]any, error) {
	out := []any{}
	for i := range w.list {
		v, err := w.at(i, nil)
		if err != nil {
			return nil, err
		}
		b, ok := v.(bool)
		if !ok {
			return nil, wants(w.name, "a condition", v)
		}
		if b {
			out = append(out, w.list[i])
		}
	}
	return out, w.s.charge(16 * len(out))
}

// mapped returns what the second argument makes of each element; the elements themselves where it was left out.
func (w walk) mapped() ([]any, error) {
	if w.each == nil {
		return w.list, nil
	}
	out := make([]any, len(w.list))
	for i := range w.list {
		v, err := w.at(i, nil)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, w.s.charge(16 * len(out))
}

// predicates returns the functions over the elements of a list, by name.
func predicates() map[string]predicate {
	all := map[string]predicate{}
	finders(all)
	all["filter"] = predicate{run: func(w walk) (any, error) { return w.matching() }}
	all["map"] = predicate{run: func(w walk) (any, error) { return w.mapped() }}
	all["count"] = predicate{optional: true, run: func(w walk) (any, error) {
		if w.each == nil {
			w.each = func(s *state) (any, error) { return s.scopes[len(s.scopes)-1].item, nil }
		}
		l, err := w.matching()
		return len(l), err
	}}
	all["sum"] = predicate{optional: true, run: total}
	all["reduce"] = predicate{extra: true, run: reduced}
	all["sortBy"] = predicate{extra: true, run: func(w walk) (any, error) {
		keys, err := w.mapped()
		if err != nil {
			return nil, err
		}
		way, ok := w.extra.(string)
		if !w.given {
			way, ok = "asc", true
		}
		if !ok {
			return nil, wants(w.name, "an order", w.extra)
		}
		return sorted(w.s, w.name, w.list, keys, way)
	}}
	all["groupBy"] = predicate{run: func(w walk) (any, error) {
		keys, err := w.mapped()
		if err != nil {
			return nil, err
		}
		out := map[string]any{}
		for i, k := range keys {
			name, ok := k.(string)
			if !ok {
				return nil, wants(w.name, "strings to group by", k)
			}
			group, _ := out[name].([]any)
			out[name] = append(group, w.list[i])
		}
		return out, w.s.charge(32 * len(w.list))
	}}
	return all
}

func finders(all map[string]predicate) {
	quantifier := func(want, found bool) predicate {
		return predicate{run: func(w walk) (any, error) {
			i, err := w.find(want, false)
			return (i >= 0) == found, err
		}}
	}
	all["all"], all["any"], all["none"] = quantifier(false, false), quantifier(true, true), quantifier(true, false)
	all["one"] = predicate{run: func(w walk) (any, error) {
		l, err := w.matching()
		return len(l) == 1, err
	}}
	element := func(backward bool) predicate {
		return predicate{run: func(w walk) (any, error) {
			i, err := w.find(true, backward)
			if i < 0 || err != nil {
				return nil, err
			}
			return w.list[i], nil
		}}
	}
	index := func(backward bool) predicate {
		return predicate{run: func(w walk) (any, error) {
			i, err := w.find(true, backward)
			if i < 0 || err != nil {
				return nil, err
			}
			return i, nil
		}}
	}
	all["find"], all["findLast"] = element(false), element(true)
	all["findIndex"], all["findLastIndex"] = index(false), index(true)
}

// total adds numbers up.
func total(w walk) (any, error) {
	l, err := w.mapped()
	if err != nil {
		return nil, err
	}
	var sum any = 0
	for _, v := range l {
		if sum, err = arithmetic(token{text: "+", column: w.name.column}, constant(sum), constant(v))(w.s); err != nil {
			return nil, err
		}
	}
	return sum, nil
}

// reduced folds the list into #acc, which begins as the third argument, else as the first element.
func reduced(w walk) (any, error) {
	acc, from := w.extra, 0
	if !w.given {
		if len(w.list) == 0 {
			return nil, at(w.name, "reduce of an empty list wants a value to begin with")
		}
		acc, from = w.list[0], 1
	}
	for i := range w.list[from:] {
		v, err := w.at(from+i, acc)
		if err != nil {
			return nil, err
		}
		acc = v
	}
	return acc, nil
}
