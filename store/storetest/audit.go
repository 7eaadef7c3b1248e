package storetest

import (
	"sync"
	"testing"

	"github.com/causeway-pay/causeway/audit"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/payment"
)

// auditBeside audits again and again while payments are made and captured. Every read has to see one moment: a payment
// whose attempts are newer than itself looks like one whose history is wrong.
func auditBeside(t *testing.T, s *suite) {
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

// captureSound commits the two versions of a payment that stands every check of an audit, its price included.
func (s *suite) captureSound(n int) error {
	p := s.payment(n)
	quote := p.Quote.Recompute(fx.DefaultRules())
	var err error
	if quote.Hash, err = quote.Sum(); err != nil {
		return err
	}
	p = begun(payment.New(p.ID, p.Merchant, p.Mode, p.Order, p.Method, quote, start, p.ExpiresAt), n)
	made := step(payment.Payment{}, p)
	if err := s.Commit(s.t.Context(), made); err != nil {
		return err
	}
	return s.Commit(s.t.Context(), step(made.After, s.learn(made.After, payment.Captured)))
}
