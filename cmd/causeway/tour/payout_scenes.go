package tour

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// payoutScenes are the scenes with payouts through banks.
func payoutScenes() []Scene {
	return []Scene{
		{"A payout across a border, EUR to CNY", acrossABorder},
		{"The same with " + bankAbroad + " down", overAnotherBank},
		{"A payout at home while the bank is down", whileTheBankIsDown},
	}
}

// earn has the merchant paid by card in euros, available at once.
func (w *World) earn(ctx context.Context, key, value string) error {
	before, err := w.available(ctx)
	if err != nil {
		return err
	}
	p, err := w.pay(ctx, &Row{}, key, object{"amount": euros(value), "settlement_currency": "EUR"})
	if err != nil {
		return err
	}
	if p.text("status") != "succeeded" {
		return fmt.Errorf("the card payment is %s", p.text("status"))
	}
	for {
		now, err := w.available(ctx)
		if err != nil || now != before {
			return err
		}
		if !pause(ctx, 50*time.Millisecond) {
			return fmt.Errorf("nothing of %s became available beside %s", p.text("id"), before)
		}
	}
}

// available is what the merchant has in euros.
func (w *World) available(ctx context.Context) (string, error) {
	balances, err := w.get(ctx, "/v1/balances", "en")
	for _, b := range balances.list("data") {
		if b.text("available", "currency") == "EUR" {
			return b.text("available", "value"), err
		}
	}
	return "0.00", err
}

// priceOf fills in what a payout costs.
func (row *Row) priceOf(p object) {
	row.Amount = p.text("amount", "value") + " " + p.text("amount", "currency")
	row.Rate = p.text("quote", "rate", "client")
	row.Fee = p.text("quote", "fees", 0, "amount", "value") + " " + p.text("quote", "fees", 0, "amount", "currency")
}

// toChina has the merchant earn enough, and pays CNY 800.00 out to a beneficiary in China.
func (w *World) toChina(ctx context.Context, row *Row, key string) (object, error) {
	if err := w.earn(ctx, "earn-"+key, "150.00"); err != nil {
		return nil, err
	}
	to, err := w.beneficiary(ctx, "beneficiary-"+key, object{
		"name": "Li Wei", "country": "CN", "account": "6222021234567890123", "bic": "ICBKCNBJXXX", "town": "Beijing", "street": "Fuxingmen 55",
		"purpose": "GDDS",
	})
	if err != nil {
		return nil, err
	}
	p, err := w.post(ctx, "/v1/payouts", "tour-payout-"+key, object{
		"amount": object{"value": "800.00", "currency": "CNY"}, "fix": "target", "source": object{"currency": "EUR"},
		"beneficiary": to, "charge_bearer": "SHAR", "reference": "invoice 18",
	})
	if err != nil {
		return nil, err
	}
	row.priceOf(p)
	if p.text("status") == "failed" {
		return nil, fmt.Errorf("the payout failed: %s", p.text("last_error", "detail"))
	}
	return w.see(ctx, "/v1/payouts/"+p.text("id"), "paid", is("paid"))
}

// payoutC are the postings of the worked example C as far as C3, at other numbers: CNY 800.00 at 8.0000 are EUR 100.00.
func payoutC(bank string) []string {
	return []string{
		"EUR merchant:instant:available 101.11", "EUR merchant:instant:reserved -101.11",
		"EUR merchant:instant:reserved 101.11", "EUR fx:position -100.00", "EUR revenue:margin -0.50", "EUR revenue:fees -0.61",
		"CNY fx:position 800.00", "CNY transit:" + bank + " -800.00",
		"CNY transit:" + bank + " 800.00", "CNY nostro:" + bank + ":CNY -800.00",
	}
}

func acrossABorder(ctx context.Context, world *World, row *Row) error {
	w := world.paysOut()
	p, err := w.toChina(ctx, row, "abroad")
	if err != nil {
		return err
	}
	row.Route = bankAbroad
	way, err := w.tracked(ctx, bankAbroad, p)
	if err != nil {
		return err
	}
	if err := w.debitedOnce(ctx, row, bankAbroad, p); err != nil {
		return err
	}
	row.Result = fmt.Sprintf("UETR\n%s\n%s", p.text("uetr"), way)
	return w.settled(ctx, p.text("id"), payoutC(bankAbroad))
}

// overAnotherBank takes the first bank abroad down. That nothing left is proved by the connection that it refused, so the
// payout goes to the second at once, as another transfer under a UETR of its own.
func overAnotherBank(ctx context.Context, world *World, row *Row) error {
	w := world.paysOut()
	if err := w.bankFault(ctx, bankAbroad, "refuse"); err != nil {
		return err
	}
	p, err := w.toChina(ctx, row, "another-bank")
	if err != nil {
		return err
	}
	why, err := w.get(ctx, "/v1/payouts/"+p.text("id")+"/why", "en")
	if err != nil {
		return err
	}
	var took, outcomes, uetrs []string
	for _, a := range why.list("attempts") {
		took, outcomes, uetrs = append(took, a.text("channel")), append(outcomes, a.text("outcome")), append(uetrs, a.text("uetr"))
	}
	row.Route = strings.Join(took, ", ")
	if got, want := fmt.Sprint(took, outcomes), fmt.Sprint([]string{bankAbroad, bankBeside}, []string{"not_sent", "captured"}); got != want {
		return fmt.Errorf("the attempts were %s, want %s", got, want)
	}
	if uetrs[1] != p.text("uetr") || uetrs[0] == uetrs[1] {
		return fmt.Errorf("the UETRs of the attempts are %v, and that of the payout %s", uetrs, p.text("uetr"))
	}
	if seen, err := w.booked(ctx, bankAbroad, "", uetrs[0]); err != nil || len(seen) != 0 {
		return fmt.Errorf("the log of the bank that was down has %v of %s: %w", seen, uetrs[0], err)
	}
	way, err := w.tracked(ctx, bankBeside, p)
	if err != nil {
		return err
	}
	if err := w.debitedOnce(ctx, row, bankBeside, p); err != nil {
		return err
	}
	row.Result = fmt.Sprintf("UETR\n%s\nnot_sent, then\n%s\n%s", uetrs[0], uetrs[1], way)
	return w.settled(ctx, p.text("id"), payoutC(bankBeside))
}

// tracked holds what the gateway says of a payout that arrived against the bank's own tracker, and returns the way that it
// took: the statuses by ISO 20022, what the banks deducted and what was credited.
func (w *World) tracked(ctx context.Context, bank string, p object) (way string, err error) {
	code, track, err := call(ctx, http.MethodGet, w.banks[bank]+"/tracker/"+p.text("uetr"), map[string]string{"Authorization": "Bearer " + apiSecret}, nil)
	if err != nil || code != http.StatusOK {
		return "", fmt.Errorf("track %s: %d %s: %w", p.text("uetr"), code, track.text("message"), err)
	}
	var statuses, deducted, said, shown []string
	for _, u := range track.list("updates") {
		statuses = append(statuses, u.text("status"))
	}
	for _, c := range track.list("charges") {
		deducted = append(deducted, c.text("amount"))
		said = append(said, c.text("agent")+" "+c.text("amount")+" "+c.text("currency"))
	}
	for _, c := range p.list("charges") {
		shown = append(shown, c.text("agent")+" "+c.text("amount", "value")+" "+c.text("amount", "currency"))
	}
	said = append(said, track.text("status"), track.text("credited", "amount")+" "+track.text("credited", "currency"))
	shown = append(shown, p.text("tracking", "code"), p.text("delivered_amount", "value")+" "+p.text("delivered_amount", "currency"))
	if !slices.Equal(said, shown) || track.text("status") != "ACCC" || len(deducted) == 0 {
		return "", fmt.Errorf("the tracker says %v, and the gateway %v", said, shown)
	}
	return fmt.Sprintf("%s: %s deducted, %s credited", strings.Join(slices.Compact(statuses), ", "), strings.Join(deducted, " and "),
		p.text("delivered_amount", "value")), nil
}

// debitedOnce counts the debits under the payout's UETR in the bank's own log.
func (w *World) debitedOnce(ctx context.Context, row *Row, bank string, p object) error {
	debits, err := w.booked(ctx, bank, "debit", p.text("uetr"))
	if err != nil {
		return err
	}
	row.Charge = fmt.Sprint(len(debits))
	if len(debits) != 1 || debits[0].text("amount") != "800.00" {
		return fmt.Errorf("the bank's log has %d debits for the UETR %s: %v", len(debits), p.text("uetr"), debits)
	}
	return nil
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
