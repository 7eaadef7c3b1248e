package crossborder_test

import (
	"bytes"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

// said is what a merchant may say of a beneficiary: nothing, too much, with blanks around it, or in other letters.
var said = rapid.OneOf(
	rapid.Just(""), rapid.StringMatching(`[A-Za-z0-9/?:().,'+ -]{1,20}`), rapid.StringMatching(`[A-Z0-9][a-z0-9 ]{15,150}`),
	rapid.StringMatching(`[a-zé&<>"中 ]{1,10}`),
)

// usually is a value as it should be, most of the time.
func usually(t *rapid.T, usual string) string {
	if rapid.IntRange(0, 7).Draw(t, "unusual at 0") > 0 {
		return usual
	}
	return said.Draw(t, "said")
}

// anyPayout is one that a merchant may ask for, whatever it says of whom to pay.
func anyPayout(t *rapid.T) (payment.Payment, payment.Attempt) {
	p, at := payout()
	abroad := rapid.SampledFrom([]payment.Beneficiary{
		beneficiary,
		{Name: "Ada Byron", Country: "GB", Account: "GB29 NWBK 6016 1331 9268 19", Agent: "NWBKGB2LXXX", Town: "London"},
		{Name: "Jane Smith", Country: "US", Account: "1234567890", Agent: "CHASUS33", Town: "New York", Postcode: "10001"},
	}).Draw(t, "beneficiary")
	for _, field := range []*string{
		&abroad.Name, &abroad.Country, &abroad.Account, &abroad.Agent, &abroad.Street, &abroad.Town, &abroad.Postcode,
	} {
		*field = usually(t, *field)
	}
	abroad.Purpose = rapid.SampledFrom([]string{"", "GDDS", "SALA", "gdds", "GD"}).Draw(t, "purpose")
	p.Order.Beneficiary = &abroad
	p.Order.Bearer = rapid.SampledFrom([]payment.Bearer{"", payment.BearerDebtor, payment.BearerShared, payment.BearerCreditor, payment.BearerScheme}).Draw(t, "bearer")
	p.Order.Reference = rapid.OneOf(said, rapid.Custom(func(t *rapid.T) string {
		return iso20022.NewRF(rapid.Uint64().Draw(t, "number"))
	})).Draw(t, "reference")
	asset := money.MustAsset(rapid.SampledFrom([]string{"CNY", "EUR"}).Draw(t, "currency"))
	at.Amount = money.FromUnits(big.NewInt(rapid.Int64Range(1, 999_999_999_999_999_999).Draw(t, "units")), asset)
	return p, at
}

// TestWhatIsAcceptedCanBeSent has either the channel refuse a payout, or holds the order that it sends for it against the
// schema: what is found only when it is to be sent would fail a payout that was accepted and priced.
func TestWhatIsAcceptedCanBeSent(t *testing.T) {
	x, _ := open(t, nil)
	dir := t.TempDir()
	args := []string{"--noout", "--nonet", "--schema", filepath.Join("..", "iso20022", "testdata", "xsd", "pacs.008.001.08.xsd")}
	none := len(args)
	rapid.Check(t, func(t *rapid.T) {
		p, at := anyPayout(t)
		if x.Accepts(p) != nil {
			return
		}
		body, err := x.Order(p, at)
		if err != nil {
			t.Fatalf("%+v for %q is accepted, and cannot be sent: %v", *p.Order.Beneficiary, p.Order.Reference, err)
		}
		start, end := bytes.Index(body, []byte("<Document")), bytes.LastIndex(body, []byte("</BusinessMessage>"))
		file := filepath.Join(dir, fmt.Sprintf("%d.xml", len(args)))
		if err := os.WriteFile(file, body[start:end], 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	})
	if len(args) == none {
		t.Fatal("every payout is refused")
	}
	if out, err := exec.CommandContext(t.Context(), "xmllint", args...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%.4000s", err, out)
	}
}
