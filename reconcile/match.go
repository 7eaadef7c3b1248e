package reconcile

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/rails"
)

const (
	// datedApartMax is how far apart the two sides may date what is matched by its amount: a weekend's value dating.
	datedApartMax = 3 * 24 * time.Hour
	// inFlight is how long before the end of a statement the books may know what only the next one has, and for how long a
	// channel may know what the books are about to learn.
	inFlight = time.Hour
)

// sides is what is held against each other: the lines of the books and those of the statement under one reference and of
// one kind.
type sides struct {
	ours   []line // one for each asset, summed
	theirs []line
}

// named is what lines are matched by first.
type named struct {
	reference string
	kind      rails.MovementKind
}

// table matches lines by reference.
type table map[named]*sides

// match puts the lines of both sides beside each other. A row that the books know under its other name stands there.
func match(ours, theirs []line) table {
	t := table{}
	at := func(reference string, kind rails.MovementKind) *sides {
		n := named{reference, kind}
		if t[n] == nil {
			t[n] = &sides{}
		}
		return t[n]
	}
	for _, l := range ours {
		s := at(l.reference, l.kind)
		if l.reference == "" { // treasury's own: each for itself
			s.ours = append(s.ours, l)
			continue
		}
		s.ours = plus(s.ours, l)
	}
	for _, l := range theirs {
		if l.other != "" && t[named{l.reference, l.kind}] == nil {
			if t[named{l.other, l.kind}] != nil {
				l.reference = l.other
			} else if t[named{l.other, rails.Credit}] != nil && l.kind == rails.Return { // of a payout that nobody knows: a stray
				l.reference, l.kind = l.other, rails.Credit
			}
		}
		s := at(l.reference, l.kind)
		s.theirs = append(s.theirs, l)
	}
	return t
}

// plus adds a line to the sum in its asset. What came and was taken back leaves nothing.
func plus(sums []line, l line) []line {
	i := slices.IndexFunc(sums, func(s line) bool { return s.amount.Asset() == l.amount.Asset() })
	if i < 0 {
		return append(sums, l)
	}
	sums[i].amount = sums[i].amount.Add(l.amount)
	if sums[i].at.Before(l.at) {
		sums[i].at = l.at
	}
	if sums[i].amount.IsZero() {
		return slices.Delete(sums, i, i+1)
	}
	return sums
}

// verdict is what the matching of one table comes to.
type verdict struct {
	breaks []Break
	onlyIn struct{ ours, theirs []line } // what the other side has nothing of, in order of time
	pairs  int
}

// judge says in what the sides differ, reference by reference.
func (t table) judge() verdict {
	var v verdict
	names := slices.SortedFunc(maps.Keys(t), func(a, b named) int {
		return cmp.Or(cmp.Compare(a.reference, b.reference), cmp.Compare(a.kind, b.kind))
	})
	for _, n := range names {
		v.weigh(n, *t[n])
	}
	byTime := func(a, b line) int { return a.at.Compare(b.at) }
	slices.SortStableFunc(v.onlyIn.ours, byTime)
	slices.SortStableFunc(v.onlyIn.theirs, byTime)
	return v
}

// weigh holds one reference against itself. Of several rows the one that fits is the one, and the others are duplicates.
func (v *verdict) weigh(n named, s sides) {
	if len(s.ours) == 0 || n.reference == "" {
		v.onlyIn.theirs = append(v.onlyIn.theirs, s.theirs...)
		v.onlyIn.ours = append(v.onlyIn.ours, s.ours...)
		return
	}
	theirs, twice := s.theirs, []line(nil)
	if n.kind == rails.Fee || n.kind == rails.Return { // several make one sum; only the very same row twice is once too often
		theirs, twice = summed(theirs)
	}
	for _, ours := range s.ours {
		if len(theirs) == 0 {
			v.onlyIn.ours = append(v.onlyIn.ours, ours)
			continue
		}
		i := max(slices.IndexFunc(theirs, func(l line) bool { return equal(l.amount, ours.amount) }), 0)
		v.pairs++
		if b, differs := differ(n, ours, theirs[i]); differs {
			v.breaks = append(v.breaks, b)
		}
		theirs = slices.Delete(slices.Clone(theirs), i, i+1)
	}
	for i, l := range append(theirs, twice...) {
		b := breakOf(Duplicate, l)
		b.Reference, b.Movement, b.No, b.Payment = n.reference, n.kind, i, s.ours[0].payment
		v.breaks = append(v.breaks, b)
	}
}

// summed adds rows up by asset, without those that name themselves a second time.
func summed(rows []line) (sums, twice []line) {
	seen := map[string]bool{}
	for _, l := range rows {
		if l.other != "" && seen[l.other] {
			twice = append(twice, l)
			continue
		}
		seen[l.other] = true
		sums = plus(sums, l)
	}
	return sums, twice
}

// differ compares a line of the books with its row.
func differ(n named, ours, theirs line) (Break, bool) {
	if equal(ours.amount, theirs.amount) {
		return Break{}, false
	}
	kind := AmountDiffers
	if ours.amount.Asset() != theirs.amount.Asset() {
		kind = CurrencyDiffers
	}
	return Break{
		Kind: kind, Movement: n.kind, Reference: n.reference, Payment: ours.payment, Theirs: theirs.amount, Ours: ours.amount, At: theirs.at,
	}, true
}

func equal(a, b money.Amount) bool { return a.Asset() == b.Asset() && a.Equal(b) }

// breakOf is a break over a line that one side has alone.
func breakOf(kind Kind, l line) Break {
	b := Break{Kind: kind, Movement: l.kind, Reference: l.reference, Payment: l.payment, At: l.at}
	b.Theirs, b.Ours = l.amount, l.amount.Asset().Zero()
	if kind == MissingThere {
		b.Theirs, b.Ours = b.Ours, b.Theirs
	}
	return b
}

// byAmount matches what is left by amount and date, one to one: each row with the earliest line that is near enough. A row
// that names a reference of ours means that one and no other. Both sides are in order of time.
func byAmount(ours, theirs []line) (leftOurs, leftTheirs []line) {
	waiting := map[string][]int{} // amounts with their lines, oldest first
	for i, l := range ours {
		waiting[l.amount.String()] = append(waiting[l.amount.String()], i)
	}
	taken := make([]bool, len(ours))
	for _, l := range theirs {
		queue := waiting[l.amount.String()]
		for len(queue) > 0 && ours[queue[0]].at.Before(l.at.Add(-datedApartMax)) {
			queue = queue[1:] // too old for this row, and for all that follow
		}
		if l.ours || len(queue) == 0 || ours[queue[0]].at.After(l.at.Add(datedApartMax)) {
			leftTheirs = append(leftTheirs, l)
		} else {
			taken[queue[0]] = true
			queue = queue[1:]
		}
		waiting[l.amount.String()] = queue
	}
	for i, l := range ours {
		if !taken[i] {
			leftOurs = append(leftOurs, l)
		}
	}
	return leftOurs, leftTheirs
}

// alone makes breaks of what one side has alone: what the books have once a statement should have it, what a statement has
// once the books should. What treasury booked by hand stands in the balance alone. The same row again is a duplicate.
func alone(ours, theirs []line, until, now time.Time) []Break {
	var breaks []Break
	for _, l := range ours {
		if l.reference != "" && !l.at.Add(inFlight).After(until) {
			breaks = append(breaks, breakOf(MissingThere, l))
		}
	}
	again := map[named]int{}
	for _, l := range theirs {
		n := named{l.reference, l.kind}
		again[n]++
		if l.ours && l.at.Add(inFlight).After(now) {
			continue
		}
		if again[n] == 1 {
			breaks = append(breaks, breakOf(MissingHere, l))
			continue
		}
		b := breakOf(Duplicate, l)
		b.No = again[n] - 2
		breaks = append(breaks, b)
	}
	return breaks
}
