package payment_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

func gbp(value string) money.Amount { return money.Must(value, "GBP") }

func usd(value string) money.Amount { return money.Must(value, "USD") }

// payoutC is the worked example C: GBP 1,000.00 fixed, from USD at mid 1.2500 and client 1.25625, sender fee USD 8.00.
func payoutC(hold payment.Hold) payment.Payment {
	quote := fx.Quote{
		ID: "quo_c", Merchant: "m_1", Direction: fx.Send, Mode: fx.Firm, Fix: fx.TargetFixed,
		Source: usd("1256.25"), Target: gbp("1000.00"),
		Rate:  fx.Rate{Mid: money.MustRate("1.25", "GBP", "USD").Inverse(), MarginBps: 50},
		Fees:  []fx.Fee{{Code: "payout", Payer: fx.Sender, Amount: usd("8.00")}},
		AtMid: gbp("1005.00"), Margin: gbp("5.00"), Residual: gbp("0"),
		Status: fx.Accepted, CreatedAt: start, ExpiresAt: start.Add(15 * time.Minute),
	}
	o := payment.Order{
		Amount: gbp("1000.00"), Settlement: money.MustAsset("USD"), Bearer: payment.BearerDebtor, Maker: "key_1",
		Beneficiary: &payment.Beneficiary{ID: "ben_1", Name: "Ada", Country: "GB"},
	}
	p := payment.New("po_1", "m_1", payment.Test, o, payment.Method{Type: payment.MethodCrossBorder}, quote, start, quote.ExpiresAt)
	p.Hold = hold
	return p
}

func sending(p payment.Payment) payment.Payment {
	return p.Begin(payment.Attempt{
		ID: "att_1", Channel: "xb.bank", Cost: gbp("0"), UETR: "u", Capabilities: payment.Capabilities{Payout: true, Replay: time.Hour, Inquiry: true},
		CreatedAt: start, Deadline: start.Add(5 * time.Second),
	}, payment.Decision{})
}

// step is one piece of news about the attempt of a payout.
func step(r payment.Result) payment.News {
	return payment.News{Ref: "att_1", By: payment.ByInquiry, At: start.Add(time.Minute), Result: r}
}

func progress(outcome payment.Outcome, g payment.Progress) payment.News {
	r := payment.Result{Outcome: outcome, Progress: &g}
	if outcome == payment.Captured {
		r.Amount = gbp("1000.00")
	}
	return step(r)
}

// plays tells a payout news after news, and collects what each posts.
func plays(t *testing.T, p payment.Payment, news ...payment.News) (payment.Payment, []string) {
	t.Helper()
	var posted []string
	for _, n := range news {
		before := p
		p = learn(t, p, n)
		for i := range p.Operations[len(before.Operations):] {
			o := &p.Operations[len(before.Operations)+i]
			o.Booking = p.PriceReturn(*o, money.MustRate("1.24", "GBP", "USD"))
		}
		posted = append(posted, entriesOf(t, before, p)...)
	}
	return p, posted
}

func entriesOf(t *testing.T, before, after payment.Payment) []string {
	t.Helper()
	var posted []string
	for _, e := range payment.Book(before, after) {
		if err := e.Check(); err != nil {
			t.Errorf("%s: %v", e.ID, err)
		}
		posted = append(posted, e.ID+": "+strings.ReplaceAll(e.String(), "\n", " / "))
	}
	return posted
}

const (
	c2 = "att_1:accepted: USD | Dr merchant:m_1:reserved 1264.25 | Cr fx:position 1250.00; revenue:margin 6.25; revenue:fees 8.00 / " +
		"GBP | Dr fx:position 1000.00 | Cr transit:xb.bank 1000.00"
	c3 = "att_1:booked: GBP | Dr transit:xb.bank 1000.00 | Cr nostro:xb.bank:GBP 1000.00"
)

func TestPayoutsArePostedAsInTheWorkedExamples(t *testing.T) {
	accepted := payment.Progress{Accepted: true}
	booked := payment.Progress{Accepted: true, Booked: true}
	for name, row := range map[string]struct {
		news   []payment.News
		want   []string
		status payment.Status
	}{
		"unknown posts nothing": {[]payment.News{step(payment.Result{})}, nil, payment.Processing},
		"C2":                    {[]payment.News{progress(payment.Pending, accepted)}, []string{c2}, payment.InTransit},
		"C2, told twice": {
			[]payment.News{progress(payment.Pending, accepted), progress(payment.Pending, accepted)},
			[]string{c2},
			payment.InTransit,
		},
		"C3":             {[]payment.News{progress(payment.Pending, accepted), progress(payment.Pending, booked)}, []string{c2, c3}, payment.InTransit},
		"paid at once":   {[]payment.News{progress(payment.Captured, booked)}, []string{c2, c3}, payment.Paid},
		"the older late": {[]payment.News{progress(payment.Captured, booked), progress(payment.Pending, accepted)}, []string{c2, c3}, payment.Paid},
		"C4": {
			[]payment.News{progress(payment.Captured, booked), progress(payment.Captured, payment.Progress{Accepted: true, Booked: true, Billed: gbp("12.00")})},
			[]string{c2, c3, "att_1:charges:12.00: GBP | Dr cost:correspondent 12.00 | Cr nostro:xb.bank:GBP 12.00"},
			payment.Paid,
		},
		"C5": {
			[]payment.News{step(payment.Result{Outcome: payment.Declined, Reason: payment.InvalidAccount})},
			[]string{"po_1:released: USD | Dr merchant:m_1:reserved 1264.25 | Cr merchant:m_1:available 1264.25"},
			payment.Failed,
		},
		"C5b": {
			[]payment.News{progress(payment.Pending, accepted), step(payment.Result{Outcome: payment.Declined, Reason: payment.AccountClosed})},
			[]string{c2, "att_1:rejected: GBP | Dr transit:xb.bank 1000.00 | Cr fx:position 1000.00 / " +
				"USD | Dr fx:position 1250.00; revenue:margin 6.25; revenue:fees 8.00 | Cr merchant:m_1:available 1264.25"},
			payment.Failed,
		},
		"C6": {
			[]payment.News{progress(payment.Captured, booked), step(payment.Result{Returned: &payment.Comeback{Amount: gbp("980.00"), Code: "AC04"}})},
			[]string{c2, c3, "ret_1:returned: GBP | Dr nostro:xb.bank:GBP 980.00 | Cr fx:position 980.00 / " +
				"USD | Dr fx:position 1215.20 | Cr merchant:m_1:available 1215.20"},
			payment.Returned,
		},
		"C7": {
			[]payment.News{
				progress(payment.Captured, booked), step(payment.Result{Returned: &payment.Comeback{Amount: gbp("980.00"), Code: "DT01", Ours: true}}),
				step(payment.Result{Returned: &payment.Comeback{Amount: gbp("980.00"), Code: "DT01", Ours: true}}),
			},
			[]string{c2, c3, "ret_1:returned: GBP | Dr nostro:xb.bank:GBP 980.00; cost:correspondent 20.00 | Cr fx:position 1000.00 / " +
				"USD | Dr fx:position 1240.00; treasury:slippage 10.00; revenue:margin 6.25; revenue:fees 8.00 | Cr merchant:m_1:available 1264.25"},
			payment.Returned,
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, posted := plays(t, sending(payoutC("")), row.news...)
			if !slices.Equal(posted, row.want) {
				t.Errorf("posted\n%s\nwant\n%s", strings.Join(posted, "\n"), strings.Join(row.want, "\n"))
			}
			if credit := p.Credited(); credit.Sign() != 0 { // also of one across currencies, which says when it is due
				t.Errorf("the merchant is credited %s, due %s", credit, p.Due())
			}
			if got := p.Status(); got != row.status {
				t.Errorf("status %s, want %s", got, row.status)
			}
		})
	}
}

// A payout returns once. What the bank says after that is neither lost nor credited twice: charges are booked, and more
// money is in suspense, with a mark for people.
func TestNothingIsLostAfterAReturn(t *testing.T) {
	back := func(amount string, g payment.Progress) payment.News {
		return step(payment.Result{Returned: &payment.Comeback{Amount: gbp(amount), Code: "AC04"}, Progress: &g})
	}
	booked := payment.Progress{Accepted: true, Booked: true}
	billed := payment.Progress{Accepted: true, Booked: true, Billed: gbp("3.00")}
	p, first := plays(t, sending(payoutC("")), progress(payment.Captured, booked), back("480.00", booked))
	p, then := plays(t, p, back("480.00", billed), back("980.00", billed), back("980.00", billed))
	if len(first) != 3 || len(then) != 2 || !strings.Contains(then[0], "3.00") || !strings.Contains(then[1], "Cr suspense:xb.bank 500.00") {
		t.Errorf("posted\n%s\nthen\n%s", strings.Join(first, "\n"), strings.Join(then, "\n"))
	}
	if got := p.Exceptions(start); p.Status() != payment.Returned || !slices.Equal(got, []string{payment.Contradicted}) {
		t.Errorf("%s, exceptions %v", p.Status(), got)
	}
}

// C1: the money is set aside with the payout, and a draft sets nothing aside.
func TestPayoutsSetMoneyAside(t *testing.T) {
	reserved := "po_1:reserved: USD | Dr merchant:m_1:available 1264.25 | Cr merchant:m_1:reserved 1264.25"
	if got := entriesOf(t, payment.Payment{}, sending(payoutC(""))); !slices.Equal(got, []string{reserved}) {
		t.Errorf("posted %v", got)
	}
	draft := payoutC(payment.HoldDraft)
	if got := entriesOf(t, payment.Payment{}, draft); got != nil || draft.Status() != payment.Draft {
		t.Errorf("%s posted %v", draft.Status(), got)
	}
	confirmed, err := draft.Confirm(true)
	if err != nil || confirmed.Status() != payment.AwaitingApproval {
		t.Fatalf("%s, %v", confirmed.Status(), err)
	}
	if got := entriesOf(t, draft, confirmed); !slices.Equal(got, []string{reserved}) {
		t.Errorf("posted %v", got)
	}
	if step := confirmed.Next(start.Add(time.Minute)); step.Do != payment.Stop {
		t.Errorf("without an approval the next step is %s", step.Do)
	}
	if _, err := confirmed.Approve("key_1"); !errors.Is(err, payment.ErrOwnApproval) {
		t.Errorf("approved by its maker: %v", err)
	}
	approved, err := confirmed.Approve("key_2")
	if err != nil || approved.Next(start.Add(time.Minute)).Do != payment.Send {
		t.Errorf("approved: %s, %v", approved.Next(start.Add(time.Minute)).Do, err)
	}
	late := confirmed.Next(start.Add(time.Hour))
	if late.Do != payment.Close || late.Reason != payment.QuoteExpired {
		t.Errorf("after the price ended: %+v", late)
	}
	closed := confirmed.Close(late.Reason)
	released := "po_1:released: USD | Dr merchant:m_1:reserved 1264.25 | Cr merchant:m_1:available 1264.25"
	if got := entriesOf(t, confirmed, closed); !slices.Equal(got, []string{released}) {
		t.Errorf("posted %v", got)
	}
}

// A payout that an institution has is not withdrawn by us, and one that was lost on the way is asked for, not sent again
// elsewhere.
func TestPayoutsAreNeverSentTwice(t *testing.T) {
	p := sending(payoutC(""))
	if _, err := p.Cancel(); !errors.Is(err, payment.ErrNotCancelable) {
		t.Errorf("cancel under way: %v", err)
	}
	for _, r := range []payment.Result{{}, {NotFound: true}, {Outcome: payment.Declined, Reason: payment.AccountClosed}} {
		after := learn(t, p, step(r))
		for _, later := range []time.Duration{time.Minute, time.Hour, 8 * 24 * time.Hour} {
			if next := after.Next(start.Add(later)); next.Do == payment.Send {
				t.Errorf("after %+v another attempt follows", r)
			}
		}
	}
}

func TestProgressKeepsWhatHappened(t *testing.T) {
	p, _ := plays(t, sending(payoutC("")),
		progress(payment.Pending, payment.Progress{Accepted: true, Code: "G000", At: start.Add(2 * time.Minute)}),
		progress(payment.Pending, payment.Progress{Booked: true, Code: "G002", At: start.Add(time.Minute)}),
	)
	got := p.Attempts[0].Progress
	if !got.Accepted || !got.Booked || got.Code != "G000" {
		t.Errorf("progress is %+v", got)
	}
}

// TestAReportInAnotherZoneIsNoNews has a channel say the same again, with the moment written in its own zone: the payment is the
// same to the last bit, so that nothing is stored.
func TestAReportInAnotherZoneIsNoNews(t *testing.T) {
	at := start.Add(time.Minute)
	said := func(zone *time.Location) payment.News {
		return progress(payment.Pending, payment.Progress{Accepted: true, Booked: true, Code: "G000", At: at.In(zone)})
	}
	once, _ := plays(t, sending(payoutC("")), said(time.UTC))
	twice, _ := plays(t, sending(payoutC("")), said(time.FixedZone("CST", 8*60*60)))
	if !reflect.DeepEqual(once.Attempts[0].Progress, twice.Attempts[0].Progress) {
		t.Errorf("progress is %#v and %#v", once.Attempts[0].Progress, twice.Attempts[0].Progress)
	}
}
