package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/audit"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/payment"
)

// auditBeside audits again and again while payments are made and captured. Every read has to see one moment: a payment
// whose attempts are newer than itself looks like one whose history is wrong.
func auditBeside(t *testing.T, s *database) {
	const writers, each = 4, 40
	if err := s.SaveRuleSet(t.Context(), 1, string(fx.DefaultRulesText()), start); err != nil {
		t.Fatal(err)
	}
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for n := range each {
				if err := s.captureSound(w*each + n); err != nil {
					t.Error(err)
				}
			}
		})
	}
	written := make(chan struct{})
	go func() {
		writing.Wait()
		close(written)
	}()
	for over := false; !over; {
		select {
		case <-written:
			over = true // and once more, on all of them
		default:
		}
		report, err := audit.Run(t.Context(), s, start, nil)
		if err != nil {
			t.Error(err)
		}
		for _, i := range report.Invariants {
			if i.Broken > 0 {
				t.Errorf("%s, %d of %d broken: %s", i.ID, i.Broken, i.Checked, i.Faults[0])
			}
		}
		over = over || t.Failed()
	}
	writing.Wait()
}

// captureSound commits the two versions of a payment that stands every check of an audit.
func (s *database) captureSound(n int) error {
	both, err := Sound(n)
	if err != nil {
		return err
	}
	for _, t := range both {
		if err := s.Commit(s.t.Context(), t); err != nil {
			return err
		}
	}
	return nil
}

// Sound returns the two versions of a payment that stands every check of an audit, its price included: made, and captured.
func Sound(n int) ([]payment.Transition, error) {
	p := paymentOf(n)
	quote := p.Quote.Recompute(fx.DefaultRules())
	var err error
	if quote.Hash, err = quote.Sum(); err != nil {
		return nil, err
	}
	p = begun(payment.New(p.ID, p.Merchant, p.Mode, p.Order, p.Method, quote, start, p.ExpiresAt), n)
	made := step(payment.Payment{}, p)
	captured, err := made.After.Learn(payment.News{
		Ref: p.Attempts[0].ID, By: payment.ByAnswer, At: start.Add(time.Second),
		Result: payment.Result{Outcome: payment.Captured, Amount: p.Attempts[0].Amount, ProviderID: "ch_1"},
	})
	return []payment.Transition{made, step(made.After, captured)}, err
}
