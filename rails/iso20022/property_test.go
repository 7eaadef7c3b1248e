package iso20022_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/money"
	. "github.com/causeway-pay/causeway/rails/iso20022"
	"pgregory.net/rapid"
)

var currencies = []string{"EUR", "USD", "JPY", "KWD", "CLF"}

func TestAmountsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		asset := money.MustAsset(rapid.SampledFrom(currencies).Draw(t, "currency"))
		whole := rapid.StringMatching(`0|[1-9][0-9]{0,12}`).Draw(t, "whole")
		fraction := rapid.StringMatching(fmt.Sprintf(`[0-9]{0,%d}`, asset.Exponent)).Draw(t, "fraction")
		text := whole
		if fraction != "" {
			text += "." + fraction
		}
		want, err := money.Parse(text, asset)
		if err != nil {
			t.Fatal(err)
		}
		padded := strings.Repeat("0", rapid.IntRange(0, 5).Draw(t, "in front")) + text
		if fraction != "" {
			padded += strings.Repeat("0", rapid.IntRange(0, 5).Draw(t, "behind"))
		}
		got, err := ParseAmount(padded, asset.Code)
		if err != nil || !got.Equal(want) {
			t.Fatalf("%s %s was read as %s (%v)", padded, asset, got, err)
		}
		written, err := FormatAmount(got)
		if err != nil || written != want.Value() {
			t.Fatalf("%s is written as %s (%v)", want, written, err)
		}
	})
}

func TestAmountsBeyondTheGrammarAreRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(
			rapid.StringMatching(`[+-][0-9]{1,5}(\.[0-9]{1,2})?`),
			rapid.StringMatching(`[0-9]{1,3}[eEpP_ ,'][0-9]{1,3}`),
			rapid.StringMatching(`[1-9][0-9]{18,30}`),
			rapid.StringMatching(`[1-9][0-9]{0,3}\.[0-9]{5,20}[1-9]`),
			rapid.StringMatching(`[0-9]{0,3}\.[0-9]{0,3}\.[0-9]{0,3}`),
			rapid.StringMatching(`0x[0-9a-f]{1,4}|NaN|Inf|\.|`),
			rapid.StringMatching(`0{41}|[٠-٩]{1,4}|[0-9]{1,2}[^0-9.]`),
		).Draw(t, "text")
		if got, err := ParseAmount(text, "EUR"); err == nil {
			t.Fatalf("%q was read as %s", text, got)
		}
	})
}

// ISO 7064 MOD 97-10 finds every single wrong character and every two that changed places, which is what people mistype.
func TestOneWrongCharacterIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		good, check := NewRF(rapid.Uint64().Draw(t, "number")), CheckRF
		if rapid.Bool().Draw(t, "IBAN") {
			good, check = rapid.SampledFrom(goodIBANs).Draw(t, "IBAN"), CheckIBAN
		}
		bad := []byte(good)
		at := rapid.IntRange(2, len(bad)-1).Draw(t, "at")
		if next := at + 1; rapid.Bool().Draw(t, "swap") && next < len(bad) && at != 3 && sameKind(bad[at], bad[next]) {
			bad[at], bad[next] = bad[next], bad[at]
		} else {
			bad[at] = byte(rapid.SampledFrom([]rune("0123456789")).Draw(t, "digit"))
		}
		if string(bad) != good && check(string(bad)) == nil {
			t.Fatalf("%s was taken for %s", bad, good)
		}
	})
}

func sameKind(a, b byte) bool { return a <= '9' && b <= '9' }

func TestRFReferencesAreOfTheirNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Uint64().Draw(t, "number")
		reference := NewRF(number)
		if err := CheckRF(reference); err != nil || len(reference) > 25 {
			t.Fatalf("%s: %v", reference, err)
		}
		if back, err := RFNumber(PrintIBAN(reference)); err != nil || back != number {
			t.Fatalf("%s is of %d, not %d (%v)", reference, back, number, err)
		}
	})
}

var (
	words = rapid.OneOf(rapid.Just(""), rapid.StringMatching(`[A-Za-z&<>"'éß中]([A-Za-z0-9 &<>"'éß中]{0,20}[A-Za-z&<>])?`))
	refs  = rapid.StringMatching(`[A-Z0-9]([A-Z0-9.-]{0,33}[A-Z0-9])?`)
)

// TestAnyInitiation holds what is written of any initiation against the schema, and reads it back.
func TestAnyInitiation(t *testing.T) {
	var bodies [][]byte
	rapid.Check(t, func(t *rapid.T) {
		m := initiation()
		m.MessageID, m.PaymentID = refs.Draw(t, "message"), refs.Draw(t, "payment")
		m.Debtor.Name, m.Debtor.Address.Street = words.Draw(t, "name"), words.Draw(t, "street")
		m.RequestedDate = rapid.SampledFrom([]Moment{day, "2024-02-29T23:59:59", "2024-02-29T23:59:59+14:00"}).Draw(t, "date")
		m.Transfers = rapid.SliceOfN(rapid.Custom(anyTransfer), 1, 4).Draw(t, "transfers")
		body, err := Write(nil, m)
		if err != nil {
			t.Fatal(err)
		}
		_, back, err := Read(body)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Write(nil, back)
		if err != nil || string(again) != string(body) {
			t.Fatalf("written again (%v):\n%s\nnot\n%s", err, again, body)
		}
		bodies = append(bodies, body)
	})
	valid(t, Pain001, bodies...)
}

func anyTransfer(t *rapid.T) Transfer {
	asset := money.MustAsset(rapid.SampledFrom(currencies).Draw(t, "currency"))
	amount, err := money.Parse(rapid.StringMatching(`[1-9][0-9]{0,10}`).Draw(t, "amount"), asset)
	if err != nil {
		t.Fatal(err)
	}
	transfer := Transfer{
		EndToEndID: refs.Draw(t, "end to end"), InstructionID: refs.Draw(t, "instruction"), Amount: amount,
		Creditor: Party{Name: "x" + words.Draw(t, "creditor")}, CreditorAccount: Account{Other: refs.Draw(t, "account")[:1]},
		Purpose:  Code{Value: refs.Draw(t, "purpose"), Proprietary: true},
		Simulate: words.Draw(t, "scenario"),
	}
	if line := words.Draw(t, "line"); line != "" {
		transfer.Remittance.Lines = []string{line}
	}
	if rapid.Bool().Draw(t, "referred") {
		transfer.Remittance.References = []Reference{CreditorReference(NewRF(rapid.Uint64().Draw(t, "reference")))}
	}
	return transfer
}
