package plan

// Summary are DiffSync's numbers.
type Summary struct {
	Create   int64 `json:"create"`
	Update   int64 `json:"update"`
	Delete   int64 `json:"delete"`
	NoChange int64 `json:"no-change"`
	Skip     int64 `json:"skip"`
}

// SummaryOf returns DiffSync's numbers for the plan, held changes among them. Where a record moved they follow only from the snapshots: ok is then false and Forms.Summary has them.
func SummaryOf(ix *Index) (s Summary, ok bool) {
	for _, c := range ix.Counts {
		s.Create += c.Create
		s.Update += c.Update
		s.Delete += c.Delete
		s.NoChange += c.Unchanged
		s.Skip += c.Skip
	}
	for _, h := range ix.Held {
		switch {
		case h.Part:
		case h.Op == Create:
			s.Create += h.Count
		case h.Op == Update:
			s.Update += h.Count
		case h.Op == Delete:
			s.Delete += h.Count
		}
	}
	return s, !ix.Moved
}
