package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"sync"
)

// readObjects reads everything that the merchant has.
func (s *storm) readObjects(ctx context.Context, e *evidence) error {
	into := func(list *[]view) func(view) bool {
		return func(v view) bool {
			*list = append(*list, v)
			return true
		}
	}
	_, paymentsErr := s.list(ctx, "/v1/payments", into(&e.payments))
	_, payoutsErr := s.list(ctx, "/v1/payouts", into(&e.payouts))
	_, refundsErr := s.list(ctx, "/v1/refunds", func(v view) bool {
		e.refunds[v.ID] = v
		return true
	})
	return errors.Join(paymentsErr, payoutsErr, refundsErr)
}

const readersMax = 8

// readBooks reads what was decided and posted about each payment, and its captures.
func (s *storm) readBooks(ctx context.Context, e *evidence) error {
	var mu sync.Mutex
	var firstErr error
	work := make(chan view)
	var reading sync.WaitGroup
	for range readersMax {
		reading.Go(func() {
			for v := range work {
				b, captures, err := s.readBook(ctx, v)
				mu.Lock()
				e.books[v.ID] = b
				if len(captures) > 0 {
					e.captures[v.ID] = captures
				}
				firstErr = errors.Join(firstErr, err)
				mu.Unlock()
			}
		})
	}
	for _, list := range [][]view{e.payments, e.payouts} {
		for _, v := range list {
			work <- v
		}
	}
	close(work)
	reading.Wait()
	return firstErr
}

func (s *storm) readBook(ctx context.Context, v view) (b book, captures []view, err error) {
	path := "/v1/" + v.Object + "s/" + v.ID
	if err := s.read(ctx, path+"/why", s.merchant(""), &b); err != nil {
		return b, nil, err
	}
	var entries struct {
		Data []struct{ Postings []posting }
	}
	operator := map[string]string{"Authorization": "Bearer " + s.world.Operator}
	if err := s.read(ctx, "/v1/ops/payments/"+v.ID+"/entries", operator, &entries); err != nil {
		return b, nil, err
	}
	for _, entry := range entries.Data {
		b.entries = append(b.entries, entry.Postings...)
	}
	if v.Object == "payment" && v.Method.Type == "card" {
		_, err = s.list(ctx, path+"/captures", func(c view) bool {
			captures = append(captures, c)
			return true
		})
	}
	return b, captures, err
}

func (s *storm) read(ctx context.Context, path string, header map[string]string, into any) error {
	answer, err := askAgain(ctx, http.MethodGet, s.gateways[0].url+path, header, "")
	if err == nil && answer.status != http.StatusOK {
		err = fmt.Errorf("%d %s", answer.status, answer.body)
	}
	if err == nil {
		err = json.Unmarshal(answer.body, into)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// posted is what the ledger has of a payment on the accounts that begin like one of these, in a currency.
func (b book) posted(currency string, accounts ...string) *big.Rat {
	total := new(big.Rat)
	for _, p := range b.entries {
		for _, account := range accounts {
			if p.Amount.Currency == currency && strings.HasPrefix(p.Account, account) {
				total.Add(total, sum(p.Amount.Value))
			}
		}
	}
	return total
}
