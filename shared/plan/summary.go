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
func SummaryOf(ix *Index) (s Summary, ok bool) { panic("plan") }
