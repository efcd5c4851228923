package dashboard

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/words"
)

// plot is a figure over runs: stacked bars, or lines. Its numbers stand in a table too.
type plot struct {
	ID     string    `json:"id"`
	Title  string    `json:"title"`
	Unit   string    `json:"unit"`
	Lines  bool      `json:"-"`
	Runs   []plotRun `json:"runs"`
	Series []*series `json:"series"`
	Ticks  []tick    `json:"-"`
	Says   string    `json:"-"` // for who does not see it
}

// plotRun is a run on the axis.
type plotRun struct {
	ID    string  `json:"id"`
	Label string  `json:"label"`
	X     float64 `json:"-"`
	Shown bool    `json:"-"` // the label
	Alt   bool    `json:"-"` // it is left out where there is little room
}

// series are the values of one name, one for each run.
type series struct {
	Name   string    `json:"name"`
	Values []float64 `json:"values"`
	Known  []bool    `json:"-"`
	Texts  []string  `json:"-"`
	Marks  []mark4   `json:"-"` // bars, or the points of a line
	Path   string    `json:"-"`
	Class  string    `json:"-"`
}

// mark4 is a bar, or a point, of a run.
type mark4 struct {
	X, Y, W, H float64
	Said       string
}

// tick is a line across with its value.
type tick struct {
	Y    float64
	Text string
}

// The plot's own coordinates: what is drawn lies between left and right, top and bottom.
const (
	plotLeft, plotRight = 64.0, 632.0
	plotTop, plotBottom = 12.0, 180.0
)

func newPlot(id, title, unit string, runs []*run.Run) *plot {
	p := &plot{ID: id, Title: title, Unit: unit}
	room := (plotRight - plotLeft) / float64(len(runs))
	every := (len(runs) + 5) / 6
	for i, r := range runs {
		back := len(runs) - 1 - i
		p.Runs = append(p.Runs, plotRun{r.ID, r.Started.Local().Format("2 Jan 15:04"), plotLeft + room*(float64(i)+0.5), back%every == 0, back/every%2 == 1})
	}
	return p
}

// add adds a series; a run of which value knows nothing has no mark, and a series that knows nothing is left out.
func (p *plot) add(name string, value func(i int) (float64, bool)) {
	s := &series{Name: name}
	for i := range p.Runs {
		v, ok := value(i)
		s.Values, s.Known, s.Texts = append(s.Values, v), append(s.Known, ok), append(s.Texts, textOf(v, p.Unit, ok))
	}
	if slices.Contains(s.Known, true) {
		p.Series = append(p.Series, s)
	}
}

func textOf(v float64, unit string, ok bool) string {
	switch {
	case !ok:
		return "–"
	case unit == "seconds":
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return words.Thousands(int64(math.Round(v)))
}

// draw works out where everything stands.
func (p *plot) draw() {
	most := 0.0
	for i := range p.Runs {
		stack := 0.0
		for _, s := range p.Series {
			stack += s.Values[i]
			if p.Lines {
				most = max(most, s.Values[i])
			}
		}
		if !p.Lines {
			most = max(most, stack)
		}
	}
	step := stepOf(most)
	top := math.Max(step, math.Ceil(most/step)*step)
	y := func(v float64) float64 { return plotBottom - v/top*(plotBottom-plotTop) }
	for v := 0.0; v <= top+step/2; v += step {
		text := strconv.FormatFloat(v, 'g', 6, 64)
		if step >= 1 {
			text = words.Thousands(int64(v))
		}
		p.Ticks = append(p.Ticks, tick{y(v), text})
	}
	width := math.Min((plotRight-plotLeft)/float64(len(p.Runs))*0.7, 28)
	base := make([]float64, len(p.Runs))
	for n, s := range p.Series {
		s.Class = fmt.Sprintf("s%d", n+1)
		var path strings.Builder
		for i, r := range p.Runs {
			if !s.Known[i] {
				continue
			}
			said := fmt.Sprintf("%s, %s: %s %s", r.Label, s.Name, s.Texts[i], p.Unit)
			if p.Lines {
				letter := "L"
				if path.Len() == 0 {
					letter = "M"
				}
				fmt.Fprintf(&path, "%s%.1f %.1f", letter, r.X, y(s.Values[i]))
				s.Marks = append(s.Marks, mark4{X: r.X, Y: y(s.Values[i]), Said: said})
				continue
			}
			if s.Values[i] > 0 {
				high := y(base[i]) - y(base[i]+s.Values[i])
				s.Marks = append(s.Marks, mark4{round1(r.X - width/2), round1(y(base[i] + s.Values[i])), round1(width), round1(math.Max(high, 0.5)), said})
			}
			base[i] += s.Values[i]
		}
		s.Path = path.String()
	}
	p.Says = fmt.Sprintf("%s in %s over the last %s; the table below has the numbers.", p.Title, p.Unit, words.Count(int64(len(p.Runs)), "run"))
}

func round1(v float64) float64 { return math.Round(v*10) / 10 }

// stepOf returns a round distance for about four lines.
func stepOf(most float64) float64 {
	if most <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(most/4)))
	for _, m := range []float64{1, 2, 2.5, 5, 10} {
		if power*m*4 >= most {
			return power * m
		}
	}
	return power * 10
}
