package iso20022_test

import (
	"fmt"
	"math/big"
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

// anyAmount is so much of any currency, of its smallest coin at least. A few of them sum up to what an amount may have at most.
func anyAmount(t *rapid.T, label string) money.Amount {
	asset := money.MustAsset(rapid.SampledFrom(currencies).Draw(t, label+" currency"))
	return money.FromUnits(big.NewInt(rapid.Int64Range(1, 99_999_999_999_999_999).Draw(t, label)), asset)
}

func anyTransfer(t *rapid.T) Transfer {
	transfer := Transfer{
		EndToEndID: refs.Draw(t, "end to end"), InstructionID: refs.Draw(t, "instruction"), Amount: anyAmount(t, "amount"),
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

var (
	// swift is text of the Swift X set, which may be too long for its element and have blanks at its ends.
	swift    = rapid.OneOf(rapid.Just(""), rapid.StringMatching(`[A-Za-z0-9/?:().,'+ -]{1,20}`), rapid.StringMatching(`[A-Z][a-z ]{15,150}`), words)
	bics     = rapid.SampledFrom([]string{"", "CHASUS33", "ICBKCNBJXXX", "BNPAFRPPXXX", "chasus33"})
	accounts = rapid.SampledFrom([]Account{{}, smithAccount, bakerAccount, {Other: "6222021234567890123", Currency: "CNY"}})
)

// TestAnyInterbankTransfer has either the check for cross-border payments refuse a transfer, or holds what is written of it
// against the schema, and reads it back.
func TestAnyInterbankTransfer(t *testing.T) {
	var bodies [][]byte
	rapid.Check(t, func(t *rapid.T) {
		m := interbank()
		m.MessageID = refs.Draw(t, "message")
		m.Settlement.Method = rapid.SampledFrom([]SettlementMethod{AtInstructed, AtInstructing, ByCover, ByClearing}).Draw(t, "settlement")
		m.Transactions = []InterbankTransaction{anyInterbank(t)}
		if CheckCBPR(m) != nil {
			return
		}
		body, err := Write(&header, m)
		if err != nil {
			t.Fatalf("the check lets pass what cannot be written: %v", err)
		}
		h, back, err := Read(body)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Write(h, back)
		if err != nil || string(again) != string(body) {
			t.Fatalf("written again (%v):\n%s\nnot\n%s", err, again, body)
		}
		bodies = append(bodies, body)
	})
	if len(bodies) == 0 {
		t.Error("the check refuses everything")
	}
	valid(t, Pacs008, bodies...)
}

// either is a value as it should be most of the time, so that not everything is refused.
func either[T any](t *rapid.T, usual T, other *rapid.Generator[T], label string) T {
	if rapid.IntRange(0, 9).Draw(t, label+" is usual") > 0 {
		return usual
	}
	return other.Draw(t, label)
}

func anyInterbank(t *rapid.T) InterbankTransaction {
	x := interbank().Transactions[0]
	x.EndToEndID, x.InstructionID, x.TransactionID = refs.Draw(t, "end to end"), refs.Draw(t, "instruction"), refs.Draw(t, "transaction")
	x.UETR = either(t, x.UETR, rapid.Just(""), "UETR")
	x.Amount, x.InstructedAmount = anyAmount(t, "settled"), anyAmount(t, "instructed")
	x.ExchangeRate = rapid.SampledFrom([]string{"", "1", "0.0000000001", "12345.12345"}).Draw(t, "rate")
	x.SettlementDate = rapid.SampledFrom([]Moment{day, "2024-02-29", ""}).Draw(t, "date")
	x.Bearer = rapid.SampledFrom([]Bearer{BearerDebtor, BearerShared, BearerCreditor, BearerService}).Draw(t, "bearer")
	x.Charges = nil
	for range rapid.IntRange(0, 2).Draw(t, "charges") {
		x.Charges = append(x.Charges, Charge{anyAmount(t, "charge"), deutsche})
	}
	x.Intermediary, x.UltimateDebtor, x.UltimateCreditor = Agent{BIC: either(t, "", bics, "intermediary")}, Party{}, Party{Name: either(t, "", swift, "ultimate")}
	x.CreditorAgent.BIC = either(t, x.CreditorAgent.BIC, bics, "agent")
	x.CreditorAccount, x.DebtorAccount = accounts.Draw(t, "account"), accounts.Draw(t, "debtor's account")
	x.Creditor = Party{Name: either(t, "Li Wei", swift, "creditor"), Address: Address{
		Street: either(t, "", swift, "street"), Building: either(t, "", swift, "building"), PostCode: either(t, "10001", swift, "post code"),
		Town: either(t, "Beijing", swift, "town"), Subdivision: either(t, "", swift, "subdivision"),
		Country: either(t, "CN", rapid.SampledFrom([]string{"", "XX", "us"}), "country"),
	}}
	if rapid.Bool().Draw(t, "hybrid") {
		x.Creditor.Address.Lines = rapid.SliceOfN(swift, 0, 3).Draw(t, "lines")
	}
	x.Purpose = rapid.SampledFrom([]Code{{}, coded("GDDS"), coded("1"), proprietary("rent & more")}).Draw(t, "purpose")
	x.CategoryPurpose, x.ServiceLevel = rapid.SampledFrom([]Code{{}, coded("SUPP")}).Draw(t, "category"), Code{}
	x.Remittance = Remittance{}
	if rapid.Bool().Draw(t, "referred") {
		x.Remittance.References = []Reference{CreditorReference(NewRF(rapid.Uint64().Draw(t, "reference")))}
	} else {
		x.Remittance.Lines = []string{either(t, "Invoice 17", swift, "line")}
	}
	x.Simulate = words.Draw(t, "scenario")
	return x
}
