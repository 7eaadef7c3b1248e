package tour

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// bankScenes are the scenes with transfers and payouts through banks.
func bankScenes() []Scene {
	return []Scene{
		{"A bank transfer by reference", byReference},
		{"A bank transfer in two parts", inTwoParts},
		{"A payout across a border, EUR to CNY", acrossABorder},
		{"A payout at home while the bank is down", whileTheBankIsDown},
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

// earn has the merchant paid by card in euros, available at once.
func (w *World) earn(ctx context.Context, key, value string) error {
	p, err := w.pay(ctx, &Row{}, key, object{"amount": euros(value), "settlement_currency": "EUR"})
	if err != nil {
		return err
	}
	if p.text("status") != "succeeded" {
		return fmt.Errorf("the card payment is %s", p.text("status"))
	}
	for {
		balances, err := w.get(ctx, "/v1/balances", "en")
		if err != nil {
			return err
		}
		for _, b := range balances.list("data") {
			if b.text("available", "currency") == "EUR" && b.text("available", "value") != "0.00" {
				return nil
			}
		}
		if !pause(ctx, 50*time.Millisecond) {
			return fmt.Errorf("nothing of %s became available: %v", p.text("id"), balances["data"])
		}
	}
}

const rateShown = 8 // characters of a rate that is worked backwards, from what arrives, and has no end

// priceOf fills in what a payout costs.
func (row *Row) priceOf(p object) {
	row.Amount = p.text("amount", "value") + " " + p.text("amount", "currency")
	row.Rate = p.text("quote", "rate", "client")
	row.Rate = row.Rate[:min(len(row.Rate), rateShown)]
	row.Fee = p.text("quote", "fees", 0, "amount", "value") + " " + p.text("quote", "fees", 0, "amount", "currency")
}

// acrossABorder is the worked example C as far as C3, at other numbers: CNY 800.00 at 8.0000 are EUR 100.00.
func acrossABorder(ctx context.Context, world *World, row *Row) error {
	w := world.paysOut()
	if err := w.earn(ctx, "earn-abroad", "300.00"); err != nil {
		return err
	}
	to, err := w.beneficiary(ctx, "beneficiary-cn", object{
		"name": "Li Wei", "country": "CN", "account": "6222021234567890123", "bic": "ICBKCNBJXXX", "town": "Beijing", "street": "Fuxingmen 55",
		"purpose": "GDDS",
	})
	if err != nil {
		return err
	}
	p, err := w.post(ctx, "/v1/payouts", "tour-payout-cn", object{
		"amount": object{"value": "800.00", "currency": "CNY"}, "fix": "target", "source": object{"currency": "EUR"},
		"beneficiary": to, "charge_bearer": "SHAR", "reference": "invoice 18",
	})
	if err != nil {
		return err
	}
	row.priceOf(p)
	row.Route = bankAbroad
	path := "/v1/payouts/" + p.text("id")
	if p.text("status") != "in_transit" { // the bank accepts at once, and needs three steps to deliver
		return fmt.Errorf("accepted by the bank the payout is %s: %s", p.text("status"), p.text("last_error", "detail"))
	}
	if p, err = w.see(ctx, path, "paid", is("paid")); err != nil {
		return err
	}
	if got := fmt.Sprint(p.text("delivered_amount", "value"), " ", p["charges"]); p.text("delivered_amount", "value") != "783.00" || len(p.list("charges")) != 2 {
		return fmt.Errorf("delivered and deducted are %s", got)
	}
	debits, err := w.booked(ctx, bankAbroad, "debit", p.text("uetr"))
	if err != nil {
		return err
	}
	row.Charge = fmt.Sprint(len(debits))
	if len(debits) != 1 || debits[0].text("amount") != "800.00" {
		return fmt.Errorf("the bank's log has %d debits for the UETR %s: %v", len(debits), p.text("uetr"), debits)
	}
	row.Result = "in transit, then paid; 17.00 CNY deducted on the way, 783.00 CNY delivered"
	return w.settled(ctx, p.text("id"), []string{
		"EUR merchant:instant:available 101.11", "EUR merchant:instant:reserved -101.11",
		"EUR merchant:instant:reserved 101.11", "EUR fx:position -100.00", "EUR revenue:margin -0.50", "EUR revenue:fees -0.61",
		"CNY fx:position 800.00", "CNY transit:xb.sandbox -800.00",
		"CNY transit:xb.sandbox 800.00", "CNY nostro:xb.sandbox:CNY -800.00",
	})
}

// settled waits until the bank's debit is booked, and checks all postings.
func (w *World) settled(ctx context.Context, id string, want []string) error {
	for {
		entries, err := w.entries(ctx, id)
		if err != nil {
			return err
		}
		if len(entries) >= 3 || !pause(ctx, 100*time.Millisecond) {
			return w.posted(ctx, id, want)
		}
	}
}

func whileTheBankIsDown(ctx context.Context, world *World, row *Row) error {
	w := world.paysOut()
	if err := w.earn(ctx, "earn-home", "100.00"); err != nil {
		return err
	}
	to, err := w.beneficiary(ctx, "beneficiary-de", object{
		"name": "Erika Mustermann", "country": "DE", "account": "DE89370400440532013000",
	})
	if err != nil {
		return err
	}
	before, err := w.booked(ctx, bankAtHome, "debit", "")
	if err != nil {
		return err
	}
	if err := w.bankFault(ctx, bankAtHome, "refuse"); err != nil {
		return err
	}
	p, err := w.post(ctx, "/v1/payouts", "tour-payout-de", object{"amount": euros("50.00"), "beneficiary": to, "reference": "salary"})
	if err != nil {
		return err
	}
	row.priceOf(p)
	row.Route = bankAtHome
	if p.text("status") != "processing" {
		return fmt.Errorf("with the bank down the payout is %s: %s", p.text("status"), p.text("last_error", "detail"))
	}
	path := "/v1/payouts/" + p.text("id")
	because := ""
	_, err = w.see(ctx, path+"/why", "explained", func(why object) bool {
		because = waitsFor(why, bankAtHome)
		return because != ""
	})
	if err != nil {
		return err
	}
	if err := w.calmBanks(ctx); err != nil {
		return err
	}
	if _, err = w.see(ctx, path, "paid", is("paid")); err != nil {
		return err
	}
	after, err := w.booked(ctx, bankAtHome, "debit", "") // under whatever reference
	if err != nil {
		return err
	}
	debits := after[len(before):]
	row.Charge = fmt.Sprint(len(debits))
	if len(debits) != 1 || debits[0].text("amount") != "50.00" {
		return fmt.Errorf("the bank's log has %d more debits, want 1 of 50.00: %v", len(debits), debits)
	}
	row.Result = fmt.Sprintf("processing: the bank %s; then paid once", because)
	return w.settled(ctx, p.text("id"), []string{
		"EUR merchant:instant:available 50.05", "EUR merchant:instant:reserved -50.05",
		"EUR merchant:instant:reserved 50.05", "EUR revenue:fees -0.05", "EUR transit:bank.sandbox-eur -50.00",
		"EUR transit:bank.sandbox-eur 50.00", "EUR nostro:bank.sandbox-eur:EUR -50.00",
	})
}

// waitsFor is why the newest decision of all, which found no channel, left this one out.
func waitsFor(why object, channel string) string {
	decisions := why.list("decisions")
	if len(decisions) == 0 {
		return ""
	}
	last := decisions[len(decisions)-1]
	if last.text("chosen") != "" {
		return ""
	}
	for _, c := range last.list("candidates") {
		if c.text("channel") == channel {
			return c.text("why_not", 0)
		}
	}
	return ""
}
