package tour

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Scenes returns what the tour shows, in order.
func Scenes() []Scene {
	scenes := []Scene{
		{"A card payment in EUR, settled in USD", crossCurrency},
		{"The same with " + acme + " down", failover},
		{"The answer is lost on the way back", lostAnswer},
		{"Authorize, two captures, a refund", captures},
		{"A declined card, explained", declined},
		{"A webhook, received and verified", webhook},
	}
	return slices.Concat(scenes, bankScenes(), payoutScenes(), chainScenes())
}

// crossCurrency is the worked example A1, posting by posting.
func crossCurrency(ctx context.Context, w *World, row *Row) error {
	if err := w.priced(ctx); err != nil {
		return err
	}
	p, err := w.pay(ctx, row, "cross-currency", nil)
	if err != nil {
		return err
	}
	if err := w.expect(ctx, row, p, "succeeded", []string{acme}, 1); err != nil {
		return err
	}
	return w.posted(ctx, p.text("id"), []string{
		"EUR channel:card.acme-eu:receivable 99.99", "EUR fx:position -99.99",
		"USD fx:position 109.989", "USD merchant:demo:pending -109.43", "USD revenue:margin -0.549945", "USD fx:rounding -0.009055",
		"USD merchant:demo:pending 1.65", "USD revenue:fees -1.65",
		"EUR cost:channel 1.30", "EUR channel:card.acme-eu:receivable -1.30",
	})
}

// pin fixes EUR/USD and EUR/USDC at the rate of the worked examples, and EUR/CNY and EUR/ETH at round ones.
func (w *World) pin(ctx context.Context) error {
	_, err := w.control(ctx, http.MethodPost, "/control/rates", object{"set": object{"USD": "1.1000", "CNY": "8.0000", "USDC": "1.1000", "ETH": "0.0004"}})
	return err
}

// priced waits until the gateway has heard of the rate.
func (w *World) priced(ctx context.Context) error {
	for {
		quote, err := w.quote(ctx, w.Gateway, object{"amount": euros("99.99"), "settlement_currency": "USD"})
		if err != nil || quote.text("rate", "mid") == "1.1" {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("EUR/USD is %q, not 1.1: %s", quote.text("rate", "mid"), quote.text("detail"))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func failover(ctx context.Context, w *World, row *Row) error {
	if err := w.fault(ctx, acme, "refuse", 0); err != nil {
		return err
	}
	p, err := w.pay(ctx, row, "failover", nil)
	if err != nil {
		return err
	}
	if err := w.expect(ctx, row, p, "succeeded", []string{acme, globex}, 1); err != nil {
		return err
	}
	why, err := w.get(ctx, "/v1/payments/"+p.text("id")+"/why", "en")
	if err != nil {
		return err
	}
	first := why.list("attempts")[0]
	if first.text("outcome") != "not_sent" {
		return fmt.Errorf("the first attempt is %q, not not_sent", first.text("outcome"))
	}
	return nil
}

// lostAnswer has the acquirer take the money and lose the answer. It cannot be asked for a while either: the news that it
// gives by itself, at its own pace, is believed only once it says the same when asked.
func lostAnswer(ctx context.Context, w *World, row *Row) error {
	if err := w.fault(ctx, acme, "inquiry:error_500", 0); err != nil {
		return err
	}
	p, err := w.pay(ctx, row, "lost-answer", object{"simulate": "charged_but_500"})
	if err != nil {
		return err
	}
	if p.text("status") != "processing" || p.text("exceptions", 0) != "outcome_unknown" {
		return fmt.Errorf("right after the loss the payment is %s %s", p.text("status"), p.text("exceptions", 0))
	}
	if err := w.calm(ctx); err != nil {
		return err
	}
	if p, err = w.until(ctx, p.text("id"), "succeeded"); err != nil {
		return err
	}
	if err := w.expect(ctx, row, p, "succeeded", []string{acme}, 1); err != nil {
		return err
	}
	row.Result = "unknown, then succeeded"
	return nil
}

func captures(ctx context.Context, w *World, row *Row) error {
	p, err := w.pay(ctx, row, "captures", object{"capture": "manual"})
	if err != nil {
		return err
	}
	id := p.text("id")
	if p.text("status") != "authorized" || p.text("amount_capturable", "value") != "99.99" {
		return fmt.Errorf("the payment is %s with %s capturable", p.text("status"), p.text("amount_capturable", "value"))
	}
	for i, part := range []string{"60.00", "39.99"} {
		if _, err := w.post(ctx, "/v1/payments/"+id+"/capture", fmt.Sprintf("tour-capture-%d", i), object{"amount": euros(part)}); err != nil {
			return err
		}
	}
	refund, err := w.post(ctx, "/v1/refunds", "tour-refund", object{"payment": id, "amount": euros("20.00"), "reason": "returned goods"})
	if err != nil {
		return err
	}
	if refund.text("status") != "succeeded" {
		return fmt.Errorf("the refund is %s", refund.text("status"))
	}
	if p, err = w.get(ctx, "/v1/payments/"+id, "en"); err != nil {
		return err
	}
	if err := w.expect(ctx, row, p, "succeeded", []string{acme}, 0); err != nil {
		return err
	}
	if got := p.text("amount_received", "value") + " " + p.text("amount_refunded", "value"); got != "99.99 20.00" {
		return fmt.Errorf("received and refunded are %s", got)
	}
	references, err := w.references(ctx, id)
	if err != nil {
		return err
	}
	for kind, want := range map[string]int{"authorization": 1, "capture": 2, "refund": 1} {
		if n, err := w.moved(ctx, kind, references); err != nil || n != want {
			return fmt.Errorf("%d movements of kind %s, want %d: %w", n, kind, want, err)
		}
	}
	row.Charge = "1"
	row.Result = "1 authorization, 2 captures, 20.00 refunded"
	return w.credited(ctx, id, []string{"65.67", "43.76"})
}

func declined(ctx context.Context, w *World, row *Row) error {
	p, err := w.pay(ctx, row, "declined", object{"method": object{"type": "card", "card": object{"token": "tok_insufficient_funds"}}})
	if err != nil {
		return err
	}
	if err := w.expect(ctx, row, p, "failed", []string{acme}, 0); err != nil {
		return err
	}
	english, err := w.get(ctx, "/v1/payments/"+p.text("id"), "en")
	if err != nil {
		return err
	}
	chinese, err := w.get(ctx, "/v1/payments/"+p.text("id"), "zh")
	if err != nil {
		return err
	}
	if english.text("last_error", "cause") != "balance" || english.text("last_error", "outcome") != "not_charged" ||
		english.text("last_error", "next_actions", 0) != "use_another_method" {
		return fmt.Errorf("last_error is %v", english["last_error"])
	}
	if english.text("last_error", "title") == chinese.text("last_error", "title") {
		return fmt.Errorf("both languages say %q", english.text("last_error", "title"))
	}
	row.Result = fmt.Sprintf("failed: %s / %s", english.text("last_error", "title"), chinese.text("last_error", "title"))
	return nil
}

func webhook(ctx context.Context, w *World, row *Row) error {
	p, err := w.pay(ctx, row, "webhook", nil)
	if err != nil {
		return err
	}
	if err := w.expect(ctx, row, p, "succeeded", []string{acme}, 1); err != nil {
		return err
	}
	event, err := w.inbox.wait(ctx, "payment.succeeded", p.text("id"))
	if err != nil {
		return err
	}
	row.Result = "verified " + event
	return nil
}

func euros(value string) object { return object{"value": value, "currency": "EUR"} }

// pay makes the payment of the worked example, changed by what the scene needs, and fills in the row.
func (w *World) pay(ctx context.Context, row *Row, key string, change object) (object, error) {
	body := object{
		"amount": euros("99.99"), "settlement_currency": "USD", "reference": "tour-" + key,
		"method": object{"type": "card", "card": object{"token": "tok_visa"}},
	}
	for field, value := range change {
		body[field] = value
	}
	p, err := w.post(ctx, "/v1/payments", "tour-"+key, body)
	row.Amount = p.text("amount", "value") + " " + p.text("amount", "currency")
	row.Rate = p.text("quote", "rate", "client")
	row.Fee = p.text("settlement", "fee", "value") + " " + p.text("settlement", "fee", "currency")
	return p, err
}

// expect checks status, route, and the charges in the logs of all acquirers, and fills in the row.
func (w *World) expect(ctx context.Context, row *Row, p object, status string, route []string, charges int) error {
	row.Result = p.text("status")
	if row.Result != status {
		return fmt.Errorf("the payment is %s, not %s: %s", p.text("status"), status, p.text("last_error", "detail"))
	}
	why, err := w.get(ctx, "/v1/payments/"+p.text("id")+"/why", "en")
	if err != nil {
		return err
	}
	var took, references []string
	for _, a := range why.list("attempts") {
		took = append(took, a.text("channel"))
		references = append(references, a.text("id"))
	}
	row.Route = strings.Join(took, ", ")
	if !slices.Equal(took, route) {
		return fmt.Errorf("the route was %v, not %v", took, route)
	}
	n, err := w.moved(ctx, "charge", references)
	if err != nil {
		return err
	}
	row.Charge = fmt.Sprint(n)
	if n != charges {
		return fmt.Errorf("%d charges in the acquirers' logs, want %d", n, charges)
	}
	return nil
}

func (w *World) references(ctx context.Context, id string) ([]string, error) {
	why, err := w.get(ctx, "/v1/payments/"+id+"/why", "en")
	var references []string
	for _, a := range why.list("attempts") {
		references = append(references, a.text("id"))
	}
	return references, err
}
