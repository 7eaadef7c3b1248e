package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// settle lets everything end that has begun, within the calm of the size, and returns what clients had still not been
// answered by then.
func (s *storm) settle(ctx context.Context) (unanswered []*intent, err error) {
	for _, g := range s.gateways {
		if err := g.answers(ctx); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithDeadline(ctx, s.calmed.Add(s.size.calm))
	defer cancel()
	for _, i := range s.notes.all() {
		if i.id == "" && i.refused == "" && !s.insist(ctx, s.plan.draws("settle"), i) && i.refused == "" {
			unanswered = append(unanswered, i)
		}
	}
	reminded := time.Time{}
	for moving := true; moving; {
		if time.Since(reminded) > remindEvery {
			s.remind(ctx)
			reminded = time.Now()
		}
		if moving, err = s.moving(ctx); err != nil && ctx.Err() == nil {
			return nil, err
		}
		if !pause(ctx, busyAfter) {
			break // what still moves is for the verdict
		}
	}
	cancel()
	s.following.Wait()
	return unanswered, nil
}

const remindEvery = 5 * time.Second

// remind has the banks tell once more what became of payouts abroad that are still on their way. A bank goes on calling for
// days when nobody answers; the sandbox's give up after a few tries, and the gateway asks by itself at the pace of days.
func (s *storm) remind(ctx context.Context) {
	_, _ = s.list(ctx, "/v1/payouts?status=in_transit", func(v view) bool {
		for _, bank := range banks {
			// Only one of them knows it.
			_, _ = call(ctx, http.MethodPost, s.world.Control+"/control/banks/"+bank+"/callbacks", nil, fmt.Sprintf(`{"reference":%q}`, v.UETR))
		}
		return true
	})
}

// moving reports whether anything has still to come to an end. Payments that wait for a payer who was seen to pay do too.
func (s *storm) moving(ctx context.Context) (bool, error) {
	for _, path := range []string{"/v1/payments?status=processing", "/v1/payouts?status=processing", "/v1/payouts?status=in_transit"} {
		some, err := s.list(ctx, path, func(view) bool { return false })
		if some || err != nil {
			return some, err
		}
	}
	paid := map[string]bool{}
	for _, i := range s.notes.all() {
		if i.paid != "" {
			paid[i.id] = true
		}
	}
	if some, err := s.list(ctx, "/v1/payments?status=requires_action", func(v view) bool { return !paid[v.ID] }); some || err != nil {
		return some, err
	}
	return s.operating(ctx)
}

// operating reports whether a capture or refund has still to come to an end.
func (s *storm) operating(ctx context.Context) (bool, error) {
	for _, i := range s.notes.all() {
		if i.id == "" || resolved(i.status) || i.kind != asCapture && i.kind != asRefund {
			continue
		}
		path := "/v1/refunds?payment=" + i.payment
		if i.kind == asCapture {
			path = "/v1/payments/" + i.payment + "/captures"
		}
		if _, err := s.list(ctx, path, func(v view) bool {
			if v.ID == i.id {
				i.status = v.Status
			}
			return true
		}); err != nil || !resolved(i.status) {
			return true, err
		}
	}
	return false, nil
}

// list hands every object of a list to take while that returns true, and reports whether it ended before the list did.
func (s *storm) list(ctx context.Context, path string, take func(view) bool) (ended bool, err error) {
	joint := "?"
	if strings.Contains(path, "?") {
		joint = "&"
	}
	after := ""
	for {
		answer, err := askAgain(ctx, http.MethodGet, s.gateways[0].url+path+joint+"limit=100"+after, s.merchant(""), "")
		if err != nil || answer.status != http.StatusOK {
			return false, fmt.Errorf("list %s: %d %s: %w", path, answer.status, answer.body, err)
		}
		page, more, err := readPage[view](answer.body)
		if err != nil {
			return false, fmt.Errorf("list %s: %w", path, err)
		}
		for _, v := range page {
			if !take(v) {
				return true, nil
			}
		}
		if !more || len(page) == 0 {
			return false, nil
		}
		after = "&starting_after=" + page[len(page)-1].ID
	}
}
