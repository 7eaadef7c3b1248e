package reconcile

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// comparableFor is how long after the end of a statement its balances can be held against the books: all that was booked since
// is read for that.
const comparableFor = 24 * time.Hour

// examination is one statement beside the books.
type examination struct {
	*Reconciler

	channel   Channel
	statement rails.Statement
	now       time.Time

	rows   []Row    // of the statement, and those that were looked up
	posted []Posted // in order of time, and those that were looked up
	books  Books    // as they were read, for the balances
	looked map[string]bool
	known  map[string]payment.ID // references of ours among the rows that the books have not
	pairs  int
}

// gather reads what the statement is held against: the entries of its day, and everything under a reference that does not
// match yet or is an open break.
func (e *examination) gather(ctx context.Context, open []Break) error {
	from := e.statement.From.Add(-inFlight)
	var err error
	e.books, err = e.Store.PostedOn(ctx, e.channel.Name, e.channel.Accounts, Span{
		Early: e.statement.From.Add(-datedApartMax), From: from, Until: e.statement.Until.Add(comparableFor),
	}, PostedMax)
	if err != nil {
		return err
	}
	e.looked, e.known = map[string]bool{}, map[string]payment.ID{}
	for _, p := range e.books.Posted {
		_, kind := p.meaning()
		if p.At.Before(e.statement.Until.Add(inFlight)) && (!p.At.Before(from) || kind == rails.Other) {
			e.posted = append(e.posted, p)
		}
	}
	var references []string
	for _, b := range open {
		references = append(references, b.Reference)
	}
	if err := e.lookUp(ctx, references); err != nil {
		return err
	}
	if err := e.lookUp(ctx, e.unsettled()); err != nil {
		return err
	}
	return e.enquire(ctx)
}

// lookUp reads all that both sides have under references, once.
func (e *examination) lookUp(ctx context.Context, references []string) error {
	references = slices.DeleteFunc(references, func(reference string) bool { return reference == "" || e.looked[reference] })
	slices.Sort(references)
	references = slices.Compact(references)
	if len(references) == 0 {
		return nil
	}
	for _, reference := range references {
		e.looked[reference] = true
	}
	rows, err := e.Store.RowsUnder(ctx, e.channel.Name, references)
	if err != nil {
		return err
	}
	place := func(r Row) [2]any { return [2]any{r.Day, r.No} }
	seen := map[[2]any]bool{}
	for _, r := range e.rows {
		seen[place(r)] = true
	}
	e.rows = append(e.rows, slices.DeleteFunc(rows, func(r Row) bool { return seen[place(r)] })...)
	return e.readAgain(ctx, references)
}

// readAgain reads what the books have under references by now.
func (e *examination) readAgain(ctx context.Context, references []string) error {
	posted, err := e.Store.PostedUnder(ctx, e.channel.Name, e.channel.Accounts, references)
	if err != nil {
		return err
	}
	seen, wanted := map[string]bool{}, map[string]bool{}
	for _, p := range e.posted {
		seen[p.ID] = true
	}
	for _, reference := range references {
		wanted[reference] = true
	}
	for _, p := range posted {
		if reference, _ := p.meaning(); !seen[p.ID] && wanted[reference] {
			e.posted = append(e.posted, p)
		}
	}
	return nil
}

// table matches what was read, by reference.
func (e *examination) table() table {
	var ours, theirs []line
	for _, p := range e.posted {
		ours = append(ours, p.lines(e.channel.Accounts)...)
	}
	for _, r := range e.rows {
		l := r.line()
		if id, ok := e.known[l.reference]; ok {
			l.ours, l.payment = true, id
		}
		theirs = append(theirs, l)
	}
	return match(ours, theirs)
}

// unsettled returns the references under which the two sides differ as far as they were read.
func (e *examination) unsettled() []string {
	v := e.table().judge()
	var references []string
	for _, b := range v.breaks {
		references = append(references, b.Reference)
	}
	for _, l := range slices.Concat(v.onlyIn.ours, v.onlyIn.theirs) {
		references = append(references, l.reference, l.other)
	}
	return references
}

// enquire tells the gateway of what a statement shows and the books have not, and reads again what they have then.
func (e *examination) enquire(ctx context.Context) error {
	var references []string
	for _, l := range e.table().judge().onlyIn.theirs {
		references = append(references, l.reference)
	}
	ours, err := e.Store.Ours(ctx, references)
	if err != nil || len(ours) == 0 {
		return err
	}
	e.known = ours
	told := slices.Sorted(maps.Keys(ours))
	told = told[:min(len(told), reportsMax)]
	for _, reference := range told {
		if err := e.Reporter.Report(ctx, reference); err != nil {
			e.Log.Warn("channel cannot say what its statement shows", "channel", e.channel.Name, "reference", reference, "err", err)
		}
	}
	return e.readAgain(ctx, told)
}

// breaks are the breaks of this statement, without those that people decided.
func (e *examination) breaks(ctx context.Context) ([]Break, error) {
	v := e.table().judge()
	e.pairs = v.pairs
	ours, theirs := byAmount(v.onlyIn.ours, v.onlyIn.theirs)
	e.pairs += len(v.onlyIn.theirs) - len(theirs)
	found := append(v.breaks, alone(ours, theirs, e.statement.Until, e.now)...)
	var references []string
	for _, b := range found {
		references = append(references, b.Reference)
	}
	resolved, err := e.Store.ResolvedBreaks(ctx, e.channel.Name, references)
	if err != nil {
		return nil, err
	}
	found, d := decide(found, resolved)
	balances, err := e.balances(ctx, ours, d)
	return append(found, balances...), err
}

// decisions is what people decided of what a run found.
type decisions struct {
	settled map[named]bool // what is as it was when they did
	booked  []money.Amount // what they booked of what is not
}

// decide returns what is left to decide. What was booked of a difference before is in the books since.
func decide(found, resolved []Break) ([]Break, decisions) {
	last, booked := map[string]Break{}, map[string]money.Amount{}
	for _, b := range resolved {
		last[b.Key()] = b
		if difference, ok := b.Difference(); ok && b.Ruling != nil && b.Ruling.Remedy != Dismiss {
			if before, again := booked[b.Key()]; again && before.Asset() == difference.Asset() {
				difference = difference.Add(before)
			}
			booked[b.Key()] = difference
		}
	}
	var left []Break
	d := decisions{settled: map[named]bool{}}
	for _, b := range found {
		sum, ok := booked[b.Key()]
		if ok = ok && sum.Asset() == b.Ours.Asset(); ok {
			b.Ours = b.Ours.Add(sum)
		}
		if was, decided := last[b.Key()]; decided && (was.Same(b) || ok && equal(b.Theirs, b.Ours)) {
			d.settled[named{b.Reference, b.Movement}] = true
			continue
		}
		if ok {
			d.booked = append(d.booked, sum)
		}
		left = append(left, b)
	}
	return left, d
}

// balancesComparable reports whether the balances can be held against the books. They cannot on a day so long ago that the books
// have gone on by more than was read.
func (e *examination) balancesComparable() bool {
	return len(e.statement.Closing) > 0 && !e.now.After(e.statement.Until.Add(comparableFor))
}

// balances holds what stands at the channel against what the ledger says, less what is on one side alone: what is left is in
// no row and no entry.
func (e *examination) balances(ctx context.Context, unmatched []line, decided decisions) ([]Break, error) {
	if !e.balancesComparable() {
		return nil, nil
	}
	dismissed, err := e.Store.Dismissed(ctx, e.channel.Name)
	if err != nil {
		return nil, err
	}
	var breaks []Break
	for _, closing := range e.statement.Closing {
		asset := closing.Asset()
		books := e.standing(asset).Add(e.excess(asset, unmatched, decided))
		for _, d := range dismissed {
			if d.Asset() == asset {
				books = books.Add(d)
			}
		}
		if !books.Equal(closing) {
			breaks = append(breaks, Break{Kind: BalanceDiffers, Reference: asset.String(), Theirs: closing, Ours: books, At: e.statement.Until})
		}
	}
	return breaks, nil
}

// standing is what the ledger has on the channel's accounts, without what was booked so late that no row here can be of it.
func (e *examination) standing(asset money.Asset) money.Amount {
	total := asset.Zero()
	for _, b := range e.books.Balances {
		if b.Amount.Asset() == asset {
			total = total.Add(b.Amount)
		}
	}
	read := map[string]bool{}
	for _, p := range e.posted {
		read[p.ID] = true
	}
	for _, p := range e.books.Posted {
		if !read[p.ID] && p.At.After(e.statement.Until) {
			total = total.Sub(p.total(e.channel.Accounts, asset))
		}
	}
	return total
}

// excess is by how much the rows that were read exceed the entries that were read. What treasury booked and no row is near
// stood there from the start. What people decided is in the books, or dismissed.
func (e *examination) excess(asset money.Asset, unmatched []line, decided decisions) money.Amount {
	total := asset.Zero()
	counts := func(l line) bool { return l.amount.Asset() == asset && !decided.settled[named{l.reference, l.kind}] }
	for _, r := range e.rows {
		if l := r.line(); counts(l) {
			total = total.Add(l.amount)
		}
	}
	for _, p := range e.posted {
		for _, l := range p.lines(e.channel.Accounts) {
			if counts(l) {
				total = total.Sub(l.amount)
			}
		}
	}
	for _, l := range unmatched {
		if l.reference == "" && counts(l) {
			total = total.Add(l.amount)
		}
	}
	for _, sum := range decided.booked {
		if sum.Asset() == asset {
			total = total.Sub(sum)
		}
	}
	return total
}

// compare names what was found, and says beside what was open what is new, and what is healed. What lies beyond the end of this
// statement, another says.
func (e *examination) compare(open, found []Break) (opened, healed []Break) {
	was := map[string]bool{}
	for _, b := range open {
		was[b.Key()] = true
	}
	is := map[string]bool{}
	for i := range found {
		b := &found[i]
		b.ID, b.Channel, b.OpenedAt, b.SeenAt = e.NewID("brk"), e.channel.Name, e.now, e.now
		is[b.Key()] = true
		if !was[b.Key()] {
			opened = append(opened, *b)
		}
	}
	for _, b := range open {
		ahead := b.Kind == MissingThere && b.At.Add(inFlight).After(e.statement.Until)
		if is[b.Key()] || ahead || b.Kind == BalanceDiffers && !e.balancesComparable() {
			continue
		}
		b.ClosedAt, b.Closed = e.now, Healed
		healed = append(healed, b)
	}
	return opened, healed
}
