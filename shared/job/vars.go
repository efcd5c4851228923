package job

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

var (
	varName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`) })
	varRef  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$\{var:([^}]*)\}`) })
)

// vars reads the variables that the job asks for.
func (r *reader) vars(parent object) []Var {
	n := parent.val("vars")
	if n == nil {
		return nil
	}
	if n.shape != shapeMap {
		r.problem(n.place, "vars", "want a mapping of names, got %s", n)
		return nil
	}
	var vs []Var
	for _, e := range n.entries {
		path := dot("vars", e.key)
		if !varName().MatchString(e.key) {
			r.problem(e.place, path, "a variable's name has letters, digits, _ and -, and begins with a letter")
		}
		o := r.object(e.val, e.place, path, "choices", "default", "description")
		v := Var{Name: e.key, Description: o.text("description")}
		for _, c := range o.list("choices", "texts") {
			if s, ok := r.scalar(c, dot(path, "choices")); ok {
				v.Choices = append(v.Choices, s)
			}
		}
		if d := o.val("default"); d != nil {
			if s, ok := r.scalar(d, dot(path, "default")); ok {
				v.Default = &s
				if len(v.Choices) > 0 && !slices.Contains(v.Choices, s) {
					r.problem(d.place, dot(path, "default"), "%s is not among the choices %s%s", quote(s), strings.Join(v.Choices, ", "), meant(s, v.Choices))
				}
			}
		}
		vs = append(vs, v)
	}
	return vs
}

// scalar takes a node as a text, numbers and truth values as they are spelled.
func (r *reader) scalar(n *node, path string) (string, bool) {
	switch n.shape {
	case shapeText, shapeNumber, shapeBool:
		return n.text, true
	}
	r.problem(n.place, path, "want a text, got %s", n)
	return "", false
}

// fill puts the variables into the texts that may have them: options and mappings of both sides, and where. Unfilled ones are marked; elsewhere a variable is a problem.
func (r *reader) fill(root *node, declared []Var) {
	var names []string
	for _, v := range declared {
		names = append(names, v.Name)
	}
	seen := map[*node]bool{}
	var walk func(n *node, path []string)
	walk = func(n *node, path []string) {
		if n.shape == shapeText && !seen[n] && strings.Contains(n.text, "${") {
			seen[n] = true
			if strings.Contains(n.text, "${var:") {
				r.fillText(n, path, names)
			}
			if holdsSecret(n.text) {
				r.refs = append(r.refs, reference{n, strings.Join(path, ".")})
			}
		}
		for _, c := range n.items {
			walk(c, path)
		}
		for _, e := range n.entries {
			walk(e.val, append(slices.Clip(path), e.key))
		}
	}
	walk(root, nil)
}

func (r *reader) fillText(n *node, path []string, names []string) {
	at := strings.Join(path, ".")
	side := len(path) > 1 && (path[0] == "source" || path[0] == "target") && path[1] != "adapter" && path[len(path)-1] != "expr"
	where := len(path) > 3 && path[0] == "models" && path[2] == "where"
	if !side && !where {
		r.problem(n.place, at, "no variable is filled in here; ${var:..} may stand in where, and in the options and mappings of source and target")
		return
	}
	n.written, n.pending = n.text, r.values == nil
	vars := varRef().FindAllStringSubmatch(n.text, -1)
	for _, m := range vars {
		if !slices.Contains(names, m[1]) {
			r.problem(n.place, at, "no variable %s is declared in vars%s", quote(m[1]), meant(m[1], names))
			n.pending = true
		}
	}
	if !n.pending {
		own := strings.Count(n.text, "${") - len(vars)
		n.text = varRef().ReplaceAllStringFunc(n.text, func(s string) string { return r.values[varRef().FindStringSubmatch(s)[1]] })
		if strings.Count(n.text, "${") != own {
			r.problem(n.place, at, "the values of its variables make a reference together with what stands beside them")
		}
	}
}

// WithVars returns the job with its variables filled in, defaults where vars has none, wherever the file has ${var:NAME}.
// A variable that is not declared, not given and without default, or not among the choices is an error (Invalid); so is what the filled-in job does not pass.
func (j *Job) WithVars(vars map[string]string) (*Job, error) {
	var names, problems []string
	values := map[string]string{}
	for _, v := range j.Vars {
		names = append(names, v.Name)
		s, given := vars[v.Name]
		switch {
		case !given && v.Default == nil:
			problems = append(problems, "variable "+quote(v.Name)+" is missing"+choose(v))
		case !given:
			values[v.Name] = *v.Default
		case len(v.Choices) > 0 && !slices.Contains(v.Choices, s):
			problems = append(problems, "variable "+quote(v.Name)+": "+quote(s)+" is not among the choices "+strings.Join(v.Choices, ", ")+meant(s, v.Choices))
		case strings.Contains(s, "${"):
			problems = append(problems, "variable "+quote(v.Name)+": a value must not hold a reference")
		default:
			values[v.Name] = s
		}
	}
	for _, name := range sortedKeys(vars) {
		if !slices.Contains(names, name) {
			problems = append(problems, "job "+quote(j.Name)+" has no variable "+quote(name)+instead(name, names))
		}
	}
	if len(problems) > 0 {
		return nil, fault.Errorf(fault.Invalid, "%s", strings.Join(problems, "\n"))
	}
	out, err := parseWith(j.File, j.Text, j.Dir, j.catalog, values)
	for i := 0; err == nil && i < len(j.narrowed); i++ {
		out, err = out.Narrow(j.narrowed[i])
	}
	return out, err
}

func choose(v Var) string {
	if len(v.Choices) > 0 {
		return ": one of " + strings.Join(v.Choices, ", ")
	}
	return ": give it with --var " + v.Name + "=.."
}
