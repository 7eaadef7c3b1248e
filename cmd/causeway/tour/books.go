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

// posted checks that the ledger has exactly the postings given for the payment, "asset account amount" each, debits positive.
func (w *World) posted(ctx context.Context, id string, want []string) error {
	entries, err := w.entries(ctx, id)
	if err != nil {
		return err
	}
	var got []string
	for _, e := range entries {
		for _, p := range e.list("postings") {
			got = append(got, p.text("amount", "currency")+" "+p.text("account")+" "+p.text("amount", "value"))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("postings are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return nil
}

// netted checks what the postings of the payment sum to, "asset account amount" each, debits positive. What sums to nothing is
// left out.
func (w *World) netted(ctx context.Context, id string, want []string) error {
	entries, err := w.entries(ctx, id)
	if err != nil {
		return err
	}
	sums := map[string]*big.Rat{}
	for _, e := range entries {
		for _, p := range e.list("postings") {
			account := p.text("amount", "currency") + " " + p.text("account")
			if sums[account] == nil {
				sums[account] = new(big.Rat)
			}
			sums[account].Add(sums[account], rational(p.text("amount", "value")))
		}
	}
	var got []string
	for account, sum := range sums {
		if sum.Sign() != 0 {
			got = append(got, account+" "+plain(sum))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("postings sum to\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return nil
}

// rational reads a decimal number as it came over the wire; one that is none is nothing.
func rational(decimal string) *big.Rat {
	if n, ok := new(big.Rat).SetString(decimal); ok {
		return n
	}
	return new(big.Rat)
}

// plain writes a number without zeros at its end.
func plain(n *big.Rat) string {
	text := n.FloatString(etherDecimals)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// credited checks what the merchant was credited, capture by capture.
func (w *World) credited(ctx context.Context, id string, want []string) error {
	entries, err := w.entries(ctx, id)
	if err != nil {
		return err
	}
	var got []string
	for _, e := range entries {
		for _, p := range e.list("postings") {
			value, credit := strings.CutPrefix(p.text("amount", "value"), "-")
			if p.text("account") == "merchant:demo:pending" && credit {
				got = append(got, value)
			}
		}
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("credited %v, want %v", got, want)
	}
	return nil
}
