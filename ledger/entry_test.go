package ledger_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
)

// simple is a booked entry to spoil.
func simple() ledger.Entry {
	return ledger.Settlement{ID: "cap_1:settled", Merchant: "m_1", Amount: usd("107.78")}.Entry()
}

func TestCheckNamesEachFault(t *testing.T) {
	for _, row := range []struct {
		name  string
		spoil func(*ledger.Entry)
		want  error
	}{
		{"no cause", func(e *ledger.Entry) { e.ID = "" }, ledger.ErrBadCause},
		{"a cause without an event", func(e *ledger.Entry) { e.ID = "cap_1" }, ledger.ErrBadCause},
		{"a cause of too many parts", func(e *ledger.Entry) { e.ID = "a:b:c:d" }, ledger.ErrBadCause},
		{"a cause with a blank", func(e *ledger.Entry) { e.ID = "cap 1:settled" }, ledger.ErrBadCause},
		{"no postings", func(e *ledger.Entry) { e.Postings = nil }, ledger.ErrNoPostings},
		{"a posting of zero", func(e *ledger.Entry) {
			e.Postings = append(e.Postings, ledger.Posting{Account: ledger.RevenueFees, Amount: usd("0")})
		}, ledger.ErrZeroPosting},
		{"an unknown account", func(e *ledger.Entry) { e.Postings[0].Account = "merchant:m_1:spent" }, ledger.ErrUnknownAccount},
		{"a nostro account of another currency", func(e *ledger.Entry) { e.Postings[0].Account = ledger.Nostro("bank", "EUR") }, ledger.ErrWrongCurrency},
		{"a sum other than zero", func(e *ledger.Entry) { e.Postings[0].Amount = usd("107.79") }, ledger.ErrUnbalanced},
		{"both sides in different assets", func(e *ledger.Entry) { e.Postings[0].Amount = eur("107.78") }, ledger.ErrUnbalanced},
		{"a fraction of a cent at a merchant", func(e *ledger.Entry) {
			e.Postings[0].Amount, e.Postings[1].Amount = houseUSD("0.001"), houseUSD("-0.001")
		}, ledger.ErrTooPrecise},
		{"a ninth decimal at the house", func(e *ledger.Entry) {
			e.Postings[0] = ledger.Posting{Account: ledger.Position, Amount: houseUSD("0.000000001")}
			e.Postings[1] = ledger.Posting{Account: ledger.Rounding, Amount: houseUSD("-0.000000001")}
		}, ledger.ErrTooPrecise},
		{"an amount of no asset", func(e *ledger.Entry) {
			nothing, err := money.Restore("1", money.Asset{})
			if err != nil {
				t.Fatal(err)
			}
			e.Postings[0].Amount, e.Postings[1].Amount = nothing, nothing.Neg()
		}, ledger.ErrNoAsset},
	} {
		e := simple()
		row.spoil(&e)
		if err := e.Check(); !errors.Is(err, row.want) {
			t.Errorf("%s: Check() = %v, want %v", row.name, err, row.want)
		}
	}
	if err := simple().Check(); err != nil {
		t.Errorf("Check() = %v for an entry without fault", err)
	}
}

func TestCheckNamesAllFaultsAtOnce(t *testing.T) {
	e := ledger.Entry{ID: "nowhere", Postings: []ledger.Posting{
		{Account: "fx:profit", Amount: usd("1.00")},
		{Account: ledger.MerchantPending("m_1"), Amount: houseUSD("0.001")},
		{Account: ledger.Position},
		{Account: ledger.Nostro("bank", "USD"), Amount: eur("2.00")},
	}}
	err := e.Check()
	for _, fault := range []error{
		ledger.ErrBadCause, ledger.ErrUnknownAccount, ledger.ErrTooPrecise, ledger.ErrZeroPosting, ledger.ErrWrongCurrency, ledger.ErrUnbalanced,
	} {
		if !errors.Is(err, fault) {
			t.Errorf("Check() does not name %q:\n%v", fault, err)
		}
	}
	for _, detail := range []string{`"nowhere"`, "fx:profit", "exceed the credits by 1.001 USD", "exceed the credits by 2.00 EUR"} {
		if !strings.Contains(err.Error(), detail) {
			t.Errorf("Check() does not mention %s:\n%v", detail, err)
		}
	}
}

func TestNumbersThatDoNotAddUpAreRefused(t *testing.T) {
	short := saleA()
	short.Margin = money.Amount{}
	unpriced := saleA().Refund("ref_1:confirmed", eur("99.99"), money.Amount{})
	unfilled := ledger.Cover{ID: "cov_1:filled", Bank: "bank", Sold: eur("99.99"), AtMid: houseUSD("109.989")}
	lossy := ledger.Capture{ID: "a:b", Merchant: "m_1", Channel: "c", Paid: eur("2.00"), AtMid: eur("1.99"), Credited: eur("2.00")}
	unrounded := ledger.PayoutReturned{
		ID: "a:b", Merchant: "m_1", Bank: "b", Returned: gbp("980.00"), AtMid: usd("1215.20"), Credited: usd("1215.19"),
	}
	for name, e := range map[string]entry{
		"a capture without its margin":    short,
		"a refund without today's price":  unpriced,
		"a cover without what was bought": unfilled,
		"a conversion that loses a cent":  lossy,
		"a return without its rounding":   unrounded,
	} {
		if err := e.Entry().Check(); !errors.Is(err, ledger.ErrUnbalanced) {
			t.Errorf("%s: Check() = %v, want ErrUnbalanced", name, err)
		}
	}
}

func TestReverseUndoesEveryExample(t *testing.T) {
	for name, e := range examples() {
		back := e.Reverse("undo:" + name)
		if err := back.Check(); err != nil {
			t.Errorf("%s reversed: %v", name, err)
		}
		if left := shown([]ledger.Entry{e, back}); left != "none" {
			t.Errorf("%s and its reversal leave %s", name, left)
		}
		if again := back.Reverse(e.ID); written(t, again) != written(t, e) {
			t.Errorf("%s reversed twice is\n%s", name, again)
		}
	}
}

func TestEntrySurvivesJSON(t *testing.T) {
	for name, e := range examples() {
		var read ledger.Entry
		if err := json.Unmarshal([]byte(written(t, e)), &read); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if ledger.Hash([32]byte{}, read) != ledger.Hash([32]byte{}, e) {
			t.Errorf("%s is read back as\n%s", name, read)
		}
	}
}

func written(t *testing.T, e ledger.Entry) string {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
