package payment_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

const network = "eip155:1337"

func init() {
	for _, asset := range []money.Asset{
		{Code: "USDC", Network: network, Exponent: 6, Kind: money.Token},
		{Code: "ETH", Network: network, Exponent: 18, Kind: money.Native},
	} {
		if err := money.Register(asset); err != nil {
			panic(err)
		}
	}
}

// payerAddress is where payers send what they owe.
const payerAddress = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"

func usdc(value string) money.Amount { return money.Must(value, "USDC@"+network) }

// houseEUR is a house amount in EUR.
func houseEUR(s string) money.Amount {
	a, err := money.Restore(s, money.MustAsset("EUR"))
	if err != nil {
		panic(err)
	}
	return a
}

// orderB is the worked example B: EUR 50.00, for which the payer owes USDC 55.275; fee 1 %.
func orderB() payment.Payment {
	quote := fx.Quote{
		ID: "quo_b", Merchant: "m_1", Direction: fx.Collect, Mode: fx.Firm, Fix: fx.TargetFixed,
		Source: usdc("55.275"), Target: money.Must("50.00", "EUR"),
		Rate:  fx.Rate{Mid: money.MustRate("1.1", "EUR", "USDC@"+network).Inverse(), MarginBps: 50},
		Fees:  []fx.Fee{{Code: "processing", Payer: fx.Merchant, Amount: money.Must("0.50", "EUR")}},
		AtMid: houseEUR("50.25"), Margin: houseEUR("0.25"), Residual: houseEUR("0"),
		Status: fx.Accepted, CreatedAt: start, ExpiresAt: start.Add(30 * time.Minute),
	}
	o := payment.Order{
		Amount: money.Must("50.00", "EUR"), Settlement: money.MustAsset("EUR"), Capture: payment.CaptureAutomatic,
		Terms: payment.Terms{SettlementDays: 2},
	}
	method := payment.Method{Type: payment.MethodCrypto, Currency: "USDC", Network: network}
	p := payment.New("pay_1", "m_1", payment.Test, o, method, quote, start, quote.ExpiresAt)
	return p.Begin(payment.Attempt{
		ID: "att_1", Channel: "chain.dev", Cost: usdc("0"), Number: 1, Instruction: payment.Instruction{PayTo: payerAddress, Network: network},
		Capabilities: payment.Capabilities{Push: true, Replay: time.Hour}, CreatedAt: start, Deadline: start.Add(5 * time.Second),
	}, payment.Decision{})
}

// told is the order B after the payer was told where to pay.
func told(t *testing.T) payment.Payment {
	t.Helper()
	return learn(t, orderB(), payment.News{
		Ref: "att_1", By: payment.ByAnswer, At: start.Add(time.Second),
		Result: payment.Result{Outcome: payment.ActionRequired, Reason: payment.AwaitingPayer},
	})
}

// transfer is a receipt of so much, in a state, a minute after the start.
func transfer(n int, amount money.Amount, state payment.ReceiptState) payment.Receipt {
	return payment.Receipt{
		ID: fmt.Sprintf("rct_%d", n), Attempt: "att_1", Reference: fmt.Sprintf("block:%d", n), Amount: amount, State: state, Block: "0xb",
		Have: 1, Need: 6, At: start.Add(time.Minute),
	}
}

// books plays receipts one after another and collects what each posts.
func books(t *testing.T, p payment.Payment, receipts ...payment.Receipt) (payment.Payment, []string) {
	t.Helper()
	var posted []string
	for _, r := range receipts {
		before := p
		after, err := p.Receive(r, start.Add(2*time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range payment.Book(before, after) {
			if err := e.Check(); err != nil {
				t.Errorf("%s: %v", e.ID, err)
			}
			posted = append(posted, e.ID+": "+strings.ReplaceAll(e.String(), "\n", " / "))
		}
		p = after
	}
	return p, posted
}

func TestReceiptsArePostedAsInTheWorkedExamples(t *testing.T) {
	const (
		net = "chain:" + network + ":deposit"
		b1  = "USDC@" + network + " | Dr " + net + " 55.275000 | Cr fx:position 55.275000 / EUR | Dr fx:position 50.25 | " +
			"Cr merchant:m_1:pending 50.00; revenue:margin 0.25 / EUR | Dr merchant:m_1:pending 0.50 | Cr revenue:fees 0.50"
		f2 = "USDC@" + network + " | Dr fx:position 55.275000 | Cr " + net + " 55.275000"
	)
	claim := func(id, amount string) string {
		return id + ": USDC@" + network + " | Dr " + net + " " + amount + " | Cr claims:pay_1 " + amount
	}
	const exact, all = "55.275", "60.275"
	for name, row := range map[string]struct {
		receipts   []payment.Receipt
		want       []string
		status     payment.Status
		exceptions []string
	}{
		"B1: exact": {
			[]payment.Receipt{transfer(9, usdc(exact), payment.ReceiptSeen), transfer(9, usdc(exact), payment.ReceiptCredited)},
			[]string{"rct_9:credited: " + b1},
			payment.Succeeded, nil,
		},
		"seen only posts nothing": {
			[]payment.Receipt{transfer(9, usdc(exact), payment.ReceiptSeen)},
			nil,
			payment.Processing, nil,
		},
		"told twice": {
			[]payment.Receipt{transfer(9, usdc(exact), payment.ReceiptCredited), transfer(9, usdc(exact), payment.ReceiptCredited)},
			[]string{"rct_9:credited: " + b1},
			payment.Succeeded, nil,
		},
		"B4: overpaid": {
			[]payment.Receipt{transfer(9, usdc(all), payment.ReceiptCredited)},
			[]string{"rct_9:credited: " + b1, claim("rct_9:over", "5.000000")},
			payment.Succeeded,
			[]string{payment.WasOverpaid},
		},
		"B6: underpaid": {
			[]payment.Receipt{transfer(7, usdc("30"), payment.ReceiptCredited)},
			[]string{claim("rct_7:credited", "30.000000")},
			payment.Processing,
			[]string{payment.WasUnderpaid},
		},
		"B7: the rest": {
			[]payment.Receipt{transfer(7, usdc("30"), payment.ReceiptCredited), transfer(8, usdc("25.275"), payment.ReceiptCredited)},
			[]string{
				claim("rct_7:credited", "30.000000"),
				"rct_8:credited: " + strings.Replace(b1, "Dr "+net+" 55.275000", "Dr "+net+" 25.275000; claims:pay_1 30.000000", 1),
			},
			payment.Succeeded,
			[]string{payment.WasMultiple},
		},
		"F2: orphaned": {
			[]payment.Receipt{transfer(9, usdc(exact), payment.ReceiptCredited), transfer(9, usdc(exact), payment.ReceiptOrphaned)},
			[]string{"rct_9:credited: " + b1, "rct_9:orphaned: " + f2},
			payment.Processing,
			[]string{payment.WasReorged},
		},
		"F3: in another block": {
			[]payment.Receipt{
				transfer(9, usdc(exact), payment.ReceiptCredited), transfer(9, usdc(exact), payment.ReceiptOrphaned),
				transfer(10, usdc(exact), payment.ReceiptCredited),
			},
			[]string{"rct_9:credited: " + b1, "rct_9:orphaned: " + f2, "rct_10:credited: " + b1},
			payment.Succeeded,
			[]string{payment.WasReorged},
		},
		"back in the same block": {
			[]payment.Receipt{
				transfer(9, usdc(exact), payment.ReceiptCredited), transfer(9, usdc(exact), payment.ReceiptOrphaned),
				transfer(9, usdc(exact), payment.ReceiptCredited),
			},
			[]string{"rct_9:credited: " + b1, "rct_9:orphaned: " + f2, "rct_9:credited:2: " + b1},
			payment.Succeeded, nil,
		},
		"a part of a complete payment orphaned": {
			[]payment.Receipt{
				transfer(7, usdc("30"), payment.ReceiptCredited), transfer(8, usdc("25.275"), payment.ReceiptCredited),
				transfer(7, usdc("30"), payment.ReceiptOrphaned),
			},
			[]string{
				claim("rct_7:credited", "30.000000"),
				"rct_8:credited: " + strings.Replace(b1, "Dr "+net+" 55.275000", "Dr "+net+" 25.275000; claims:pay_1 30.000000", 1),
				"rct_7:orphaned: USDC@" + network + " | Dr fx:position 55.275000 | Cr " + net + " 30.000000; claims:pay_1 25.275000",
			},
			payment.Processing,
			[]string{payment.WasUnderpaid, payment.WasReorged},
		},
		"what was over orphaned": {
			[]payment.Receipt{
				transfer(9, usdc(exact), payment.ReceiptCredited), transfer(10, usdc("5"), payment.ReceiptCredited),
				transfer(10, usdc("5"), payment.ReceiptOrphaned),
			},
			[]string{
				"rct_9:credited: " + b1, claim("rct_10:credited", "5.000000"),
				"rct_10:orphaned: USDC@" + network + " | Dr claims:pay_1 5.000000 | Cr " + net + " 5.000000",
			},
			payment.Succeeded,
			[]string{payment.WasReorged},
		},
		"another asset counts for nothing": {
			[]payment.Receipt{transfer(9, money.Must("1", "ETH@"+network), payment.ReceiptCredited)},
			[]string{"rct_9:credited: ETH@" + network + " | Dr " + net + " 1.000000000000000000 | Cr claims:pay_1 1.000000000000000000"},
			payment.Processing,
			[]string{payment.WasWrongAsset},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, posted := books(t, told(t), row.receipts...)
			for i, line := range posted {
				posted[i], _, _ = strings.Cut(line, " / EUR | Dr merchant:m_1:pending 50.00; revenue:margin") // the way back is the same
			}
			if !slices.Equal(posted, row.want) {
				t.Errorf("posted\n%s\nwant\n%s", strings.Join(posted, "\n"), strings.Join(row.want, "\n"))
			}
			if got := p.Status(); got != row.status {
				t.Errorf("status %s, want %s", got, row.status)
			}
			if got := p.Exceptions(start.Add(time.Hour)); !slices.Equal(got, row.exceptions) {
				t.Errorf("exceptions %v, want %v", got, row.exceptions)
			}
		})
	}
}

// Whatever receipts come and go, in whatever order, the books say what the channel holds: deposits are what is credited,
// and the merchant is credited exactly while that covers what is due.
func TestBooksFollowTheReceipts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := orderB()
		balances := map[string]money.Amount{}
		states := rapid.SampledFrom([]payment.ReceiptState{payment.ReceiptSeen, payment.ReceiptCredited, payment.ReceiptOrphaned})
		amounts := []money.Amount{usdc("10"), usdc("30"), usdc("25.275"), usdc("55.275"), usdc("60"), money.Must("1", "ETH@"+network)}
		seen := map[string]bool{}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			n := rapid.IntRange(0, len(amounts)-1).Draw(t, "receipt")
			before := p
			after, err := p.Receive(transfer(n, amounts[n], states.Draw(t, "state")), start.Add(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range payment.Book(before, after) {
				if err := e.Check(); err != nil {
					t.Fatal(err)
				}
				if seen[e.ID] {
					t.Fatalf("%s is posted twice", e.ID)
				}
				seen[e.ID] = true
				for _, posting := range e.Postings {
					key := string(posting.Account) + " " + posting.Amount.Asset().Code
					if sum, ok := balances[key]; ok {
						balances[key] = sum.Add(posting.Amount)
					} else {
						balances[key] = posting.Amount
					}
				}
			}
			p = after
			credited := usdc("0")
			for _, r := range p.Receipts {
				if r.State == payment.ReceiptCredited && r.Amount.Asset() == credited.Asset() {
					credited = credited.Add(r.Amount)
				}
			}
			held, ok := balances[string(ledger.ChainDeposit(network))+" USDC"]
			if ok && !held.Equal(credited) || !ok && !credited.IsZero() {
				t.Fatalf("the wallet holds %s and %s was credited", held, credited)
			}
			paid := credited.Cmp(usdc("55.275")) >= 0
			if (p.Status() == payment.Succeeded) != paid {
				t.Fatalf("%s with %s credited", p.Status(), credited)
			}
			owed, ok := balances["merchant:m_1:pending EUR"]
			if want := money.Must("49.50", "EUR").Neg(); paid && !owed.Equal(want) || !paid && ok && !owed.IsZero() {
				t.Fatalf("the merchant is owed %s with %s credited", owed, credited)
			}
		}
	})
}

func TestMoneyThatComesLate(t *testing.T) {
	expired := func(t *testing.T) payment.Payment {
		p := told(t)
		if step := p.Next(p.ExpiresAt); step.Do != payment.Fence {
			t.Fatalf("at its end the next step is %s", step.Do)
		}
		return learn(t, p, payment.News{
			Ref: "att_1", By: payment.ByCancel, At: p.ExpiresAt, Result: payment.Result{Outcome: payment.Fenced},
		})
	}
	t.Run("expired: it pays at the rate of crediting", func(t *testing.T) {
		p := expired(t)
		if p.Status() != payment.StatusExpired {
			t.Fatalf("status %s", p.Status())
		}
		r := transfer(1, usdc("60"), payment.ReceiptCredited)
		r.At, r.Late = p.ExpiresAt.Add(time.Hour), true
		if !p.Late(r) {
			t.Fatal("an hour later is not late")
		}
		q := p.Quote
		q.ID, q.Source = "quo_later", usdc("58")
		after, posted := books(t, p.Reprice(q), r)
		if after.Status() != payment.Succeeded || len(posted) != 2 || !strings.HasPrefix(posted[1], "rct_1:over: ") {
			t.Errorf("%s, posted %v", after.Status(), posted)
		}
		if got := after.Exceptions(r.At); !slices.Equal(got, []string{payment.WasOverpaid, payment.WasPaidLate}) {
			t.Errorf("exceptions %v", got)
		}
	})
	t.Run("canceled by the merchant: it waits in the claims", func(t *testing.T) {
		p, err := told(t).Cancel()
		if err != nil {
			t.Fatal(err)
		}
		p = learn(t, p, payment.News{Ref: "att_1", By: payment.ByCancel, At: start, Result: payment.Result{Outcome: payment.Fenced}})
		after, posted := books(t, p, transfer(1, usdc("55.275"), payment.ReceiptCredited))
		if after.Status() != payment.StatusCanceled || len(posted) != 1 || !strings.Contains(posted[0], "Cr claims:pay_1 55.275000") {
			t.Errorf("%s, posted %v", after.Status(), posted)
		}
	})
	t.Run("switched: it waits in the claims", func(t *testing.T) {
		p, err := told(t).SwitchTo(payment.Method{Type: payment.MethodCard, Token: "tok_visa"}, saleA(), start.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if step := p.Next(start.Add(time.Minute)); step.Do != payment.Fence {
			t.Fatalf("before the switch the next step is %s", step.Do)
		}
		p = learn(t, p, payment.News{Ref: "att_1", By: payment.ByCancel, At: start, Result: payment.Result{Outcome: payment.Fenced}})
		if step := p.Next(start.Add(time.Minute)); step.Do != payment.Send || p.Method.Type != payment.MethodCard || p.Closed != "" {
			t.Fatalf("after it the next step is %s by %s", step.Do, p.Method.Type)
		}
		after, posted := books(t, p, transfer(1, usdc("55.275"), payment.ReceiptCredited))
		if after.Status() != payment.Processing || len(posted) != 1 || !strings.Contains(posted[0], "Cr claims:pay_1 55.275000") {
			t.Errorf("%s, posted %v", after.Status(), posted)
		}
	})
}

// What pays for nothing changes no price.
func TestOnlyWhatCouldPayIsLate(t *testing.T) {
	late := transfer(1, usdc("55.275"), payment.ReceiptCredited)
	late.At = start.Add(time.Hour)
	other := late
	other.Amount = money.Must("1", "ETH@"+network)
	card := payment.Method{Type: payment.MethodCard, Token: "tok_visa"}
	ended := payment.News{Ref: "att_1", By: payment.ByCancel, At: start, Result: payment.Result{Outcome: payment.Fenced}}
	canceled, err := told(t).Cancel()
	if err != nil {
		t.Fatal(err)
	}
	switched, err := told(t).SwitchTo(card, saleA(), start.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		p    payment.Payment
		r    payment.Receipt
		late bool
	}{
		"waits for it":              {told(t), late, true},
		"in time":                   {told(t), transfer(1, usdc("55.275"), payment.ReceiptCredited), false},
		"in another asset":          {told(t), other, false},
		"canceled by the merchant":  {learn(t, canceled, ended), late, false},
		"to the method before":      {learn(t, switched, ended), late, false},
		"while the switch is asked": {switched, late, true},
	} {
		if got := row.p.Late(row.r); got != row.late {
			t.Errorf("%s: late is %t", name, got)
		}
	}
}

// A part is never ruled the whole: the rest would be credited a second time when it comes.
func TestPeopleDoNotCompleteWhatDidNotArrive(t *testing.T) {
	p, _ := books(t, told(t), transfer(1, usdc("30"), payment.ReceiptCredited))
	weekLater := start.Add(8 * 24 * time.Hour)
	if step := p.Next(weekLater); step.Do != payment.Escalate {
		t.Fatalf("a week later the next step is %s", step.Do)
	}
	p = learn(t, p, payment.News{Ref: "att_1", By: payment.ByInquiry, At: weekLater, Result: payment.Result{Outcome: payment.Review}})
	if _, err := p.Decide("att_1", payment.Captured, weekLater); !errors.Is(err, payment.ErrNotDecidable) {
		t.Errorf("captured with a part of it: %v", err)
	}
	after, posted := books(t, p, transfer(2, usdc("25.275"), payment.ReceiptSeen), transfer(2, usdc("25.275"), payment.ReceiptCredited))
	if after.Status() != payment.Succeeded || len(posted) != 1 {
		t.Errorf("%s, posted %v", after.Status(), posted)
	}
}

// A wish to end the payment that crosses with money on its way came too late, and does not keep asking.
func TestMoneyOnItsWayEndsTheWishToEnd(t *testing.T) {
	canceled, err := told(t).Cancel()
	if err != nil {
		t.Fatal(err)
	}
	switched, err := told(t).SwitchTo(payment.Method{Type: payment.MethodCard, Token: "tok_visa"}, saleA(), start.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]payment.Payment{"canceled": canceled, "switched": switched} {
		p.Attempts[0].Capabilities.Fence = true
		p, _ = books(t, p, transfer(1, usdc("30"), payment.ReceiptCredited))
		p = learn(t, p, payment.News{Ref: "att_1", By: payment.ByCancel, At: start.Add(2 * time.Minute), Result: payment.Result{Outcome: payment.Fenced}})
		if step := p.Next(start.Add(time.Hour)); step.Do != payment.Stop {
			t.Errorf("%s: the next step is %s", name, step.Do)
		}
		if step := p.Next(start.Add(8 * 24 * time.Hour)); step.Do != payment.Escalate {
			t.Errorf("%s: a week later the next step is %s", name, step.Do)
		}
	}
}

// Nobody pays in two ways at once.
func TestTheMethodChangesOnlyWhileNothingCanHaveMoved(t *testing.T) {
	card := payment.Method{Type: payment.MethodCard, Token: "tok_other"}
	change := func(p payment.Payment) error {
		_, err := p.SwitchTo(card, saleA(), start.Add(time.Hour))
		return err
	}
	for outcome, may := range map[payment.Outcome]bool{
		payment.Unknown: false, payment.ActionRequired: false, payment.Pending: false, payment.Authorized: false,
		payment.Captured: false, payment.Review: false,
		payment.Declined: true, payment.NotSent: true, payment.Fenced: true, payment.Lapsed: true,
	} {
		if err := change(begun(t, everything, nil, outcome)); (err == nil) != may {
			t.Errorf("%s: %v", outcome, err)
		}
	}
	seen, _ := books(t, told(t), transfer(1, usdc("1"), payment.ReceiptSeen))
	if err := change(seen); !errors.Is(err, payment.ErrNotSwitchable) {
		t.Errorf("with a transfer on its way: %v", err)
	}
	if _, err := seen.Cancel(); !errors.Is(err, payment.ErrNotCancelable) {
		t.Errorf("cancel with a transfer on its way: %v", err)
	}
}

func TestReceiptsAreBounded(t *testing.T) {
	p := told(t)
	var err error
	for n := range payment.ReceiptsMax {
		if p, err = p.Receive(transfer(n, usdc("0.01"), payment.ReceiptCredited), start); err != nil {
			t.Fatal(err)
		}
	}
	if _, err = p.Receive(transfer(-1, usdc("55.275"), payment.ReceiptCredited), start); !errors.Is(err, payment.ErrTooManyReceipts) {
		t.Errorf("one too many: %v", err)
	}
}

// A wallet is asked for what is due: the rest once a part has arrived, and the new price once the payment is priced anew.
func TestTheWalletIsAskedForWhatIsDue(t *testing.T) {
	asked := func(p payment.Payment) payment.AddressView {
		t.Helper()
		action := p.View(start.Add(2*time.Minute), "en").NextAction
		if action == nil || action.Crypto == nil {
			t.Fatal("nobody is asked for anything")
		}
		return *action.Crypto
	}
	wants := func(p payment.Payment, amount, units string) {
		t.Helper()
		got := asked(p)
		if got.Amount.Value != amount || got.URI != "ethereum:"+payerAddress+"@1337?value="+units {
			t.Errorf("due %s, wallets are asked by %s, want %s", got.Amount.Value, got.URI, units)
		}
	}
	p := told(t)
	wants(p, "55.275000", "55275000")
	part, _ := books(t, p, transfer(1, usdc("20"), payment.ReceiptCredited))
	wants(part, "35.275000", "35275000")
	q := part.Quote
	q.ID, q.Source = "quo_later", usdc("58")
	wants(part.Reprice(q), "38.000000", "38000000")
}
