package dashboard

import "time"

// looker tells a page when it has looked for long enough. The time begins with the first thing that it looks at, so every page gets somewhere, however long it takes to open what it looks through.
type looker struct {
	now    func() time.Time
	until  time.Time
	looked int64 // so many things
}

// late reports whether the time is up before the next thing is looked at.
func (l *looker) late() bool {
	at := l.now()
	if l.looked == 0 {
		l.until = at.Add(lookFor)
	} else if at.After(l.until) {
		return true
	}
	l.looked++
	return false
}
