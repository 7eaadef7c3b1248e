package tour

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// entries reads the ledger entries of a payment from the gateway's books.
func (w *World) entries(ctx context.Context, id string) ([]object, error) {
	out, err := w.cli(ctx, "ledger", "entries", id, "--output", "json")
	if err != nil {
		return nil, err
	}
	var o object
	if err := json.Unmarshal(out, &o); err != nil {
		return nil, fmt.Errorf("ledger entries printed %q: %w", out, err)
	}
	return o.list("entries"), nil
}

// postings reads the postings of a payment, entry by entry.
func (w *World) postings(ctx context.Context, id string) ([]object, error) {
	entries, err := w.entries(ctx, id)
	var all []object
	for _, e := range entries {
		all = append(all, e.list("postings")...)
	}
	return all, err
}

// accountOf is where a posting stands: "asset account".
func accountOf(posting object) string {
	return posting.text("amount", "currency") + " " + posting.text("account")
}

// posted checks that the ledger has exactly the postings given for the payment, "asset account amount" each, debits positive.
func (w *World) posted(ctx context.Context, id string, want []string) error {
	postings, err := w.postings(ctx, id)
	if err != nil {
		return err
	}
	var got []string
	for _, p := range postings {
		got = append(got, accountOf(p)+" "+p.text("amount", "value"))
	}
	return same("postings are", got, want)
}

// netted checks what the postings of the payment sum to, "asset account amount" each, debits positive. What sums to nothing is
// left out.
func (w *World) netted(ctx context.Context, id string, want []string) error {
	postings, err := w.postings(ctx, id)
	if err != nil {
		return err
	}
	sums := map[string]*big.Rat{}
	for _, p := range postings {
		account := accountOf(p)
		if sums[account] == nil {
			sums[account] = new(big.Rat)
		}
		sums[account].Add(sums[account], rational(p.text("amount", "value")))
	}
	var got []string
	for account, sum := range sums {
		if sum.Sign() != 0 {
			got = append(got, account+" "+plain(sum))
		}
	}
	return same("postings sum to", got, want)
}

// same holds what was got against what was wanted, in whatever order.
func same(what string, got, want []string) error {
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("%s\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return nil
}

// credited checks what the merchant was credited, capture by capture.
func (w *World) credited(ctx context.Context, id string, want []string) error {
	postings, err := w.postings(ctx, id)
	if err != nil {
		return err
	}
	var got []string
	for _, p := range postings {
		value, credit := strings.CutPrefix(p.text("amount", "value"), "-")
		if p.text("account") == "merchant:demo:pending" && credit {
			got = append(got, value)
		}
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("credited %v, want %v", got, want)
	}
	return nil
}
