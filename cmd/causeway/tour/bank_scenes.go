package tour

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// bankScenes are the scenes with transfers from payers.
func bankScenes() []Scene {
	return []Scene{
		{"A bank transfer by reference", byReference},
		{"A bank transfer in two parts", inTwoParts},
	}
}

// awaitTransfer makes a payment by bank transfer and returns it with the reference that the payer is to give.
func (w *World) awaitTransfer(ctx context.Context, row *Row, key string) (p object, reference string, err error) {
	p, err = w.pay(ctx, row, key, object{"settlement_currency": "EUR", "method": object{"type": "bank_transfer"}})
	if err != nil {
		return p, "", err
	}
	if p, err = w.see(ctx, "/v1/payments/"+p.text("id"), "requires_action", is("requires_action")); err != nil {
		return p, "", err
	}
	reference = p.text("next_action", "bank_details", "reference")
	switch iban := p.text("next_action", "bank_details", "iban"); {
	case p.text("next_action", "type") != "display_bank_details" || !strings.HasPrefix(reference, "RF"):
		return p, "", fmt.Errorf("the payer is told %v", p["next_action"])
	case iban != bankAccount:
		return p, "", fmt.Errorf("the payer is told to pay to %s", iban)
	}
	row.Route = bankAtHome
	return p, reference, nil
}

// received checks what the payment holds, and the credits in the bank's own log.
func (w *World) received(ctx context.Context, row *Row, id, reference, value string, credits int) error {
	p, err := w.get(ctx, "/v1/payments/"+id, "en")
	if err != nil {
		return err
	}
	if got := p.text("status") + " " + p.text("amount_received", "value"); got != "succeeded "+value {
		return fmt.Errorf("the payment is %s", got)
	}
	found, err := w.booked(ctx, bankAtHome, "credit", reference)
	if err != nil {
		return err
	}
	row.Charge = fmt.Sprint(len(found))
	if len(found) != credits {
		return fmt.Errorf("%d credits in the bank's log, want %d", len(found), credits)
	}
	return nil
}

const repeatSeen = 1500 * time.Millisecond // within which the gateway has read a repeated entry: it reads the mailbox each second

func byReference(ctx context.Context, w *World, row *Row) error {
	p, reference, err := w.awaitTransfer(ctx, row, "bank-transfer")
	if err != nil {
		return err
	}
	id := p.text("id")
	credit, err := w.transfer(ctx, reference, "99.99")
	if err != nil {
		return err
	}
	if _, err := w.until(ctx, id, "succeeded"); err != nil {
		return err
	}
	before, err := w.entries(ctx, id)
	if err != nil {
		return err
	}
	if err := w.repeat(ctx, credit); err != nil {
		return err
	}
	pause(ctx, repeatSeen)
	after, err := w.entries(ctx, id)
	if err != nil {
		return err
	}
	if len(after) != len(before) {
		return fmt.Errorf("the credit reported twice made %d entries of %d", len(after), len(before))
	}
	row.Result = "succeeded by " + reference + "; reported twice, counted once"
	return w.received(ctx, row, id, reference, "99.99", 1)
}

func inTwoParts(ctx context.Context, w *World, row *Row) error {
	p, reference, err := w.awaitTransfer(ctx, row, "bank-parts")
	if err != nil {
		return err
	}
	id := p.text("id")
	if _, err := w.transfer(ctx, reference, "60.00"); err != nil {
		return err
	}
	p, err = w.see(ctx, "/v1/payments/"+id, "underpaid", func(o object) bool { return o.text("exceptions", 0) == "underpaid" })
	if err != nil {
		return err
	}
	if p.text("status") == "succeeded" || p.text("next_action", "bank_details", "amount", "value") != "39.99" {
		return fmt.Errorf("underpaid by 39.99 the payment is %s and %s is due", p.text("status"), p.text("amount_due", "value"))
	}
	if _, err := w.transfer(ctx, reference, "39.99"); err != nil {
		return err
	}
	if _, err := w.until(ctx, id, "succeeded"); err != nil {
		return err
	}
	row.Result = "underpaid by 39.99, then succeeded"
	return w.received(ctx, row, id, reference, "99.99", 2)
}
