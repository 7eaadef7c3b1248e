package iso20022_test

import (
	"bytes"
	"encoding/xml"
	"regexp"
	"testing"

	. "github.com/causeway-pay/causeway/rails/iso20022"
)

// FuzzRead reads anything. What it takes for a message must be one that Sniff recognises, and what can be written of it
// must read the same.
func FuzzRead(f *testing.F) {
	for _, s := range samples() {
		f.Add([]byte(sampleBody(f, s.name)))
	}
	for _, name := range []string{"camt.053", "camt.054", "pacs.002"} {
		f.Add(bankFile(f, name))
	}
	f.Fuzz(readTwice)
}

// FuzzReadText puts any text in the place of one text of a sample, which gets further than random bytes.
func FuzzReadText(f *testing.F) {
	leaf := regexp.MustCompile(`>[^<>\n]+<`)
	var bodies [][]byte
	var texts [][][]int // of each body, where
	for _, s := range samples() {
		body := []byte(sampleBody(f, s.name))
		bodies, texts = append(bodies, body), append(texts, leaf.FindAllIndex(body, -1))
	}
	for i, text := range []string{"0", "-1", "1e3", "2026-02-30", "<", "\u0085", "EUR", "true", uetrOne} {
		f.Add(uint8(i), uint16(7*i), text)
	}
	f.Fuzz(func(t *testing.T, sample uint8, place uint16, text string) {
		body, places := bodies[int(sample)%len(bodies)], texts[int(sample)%len(bodies)]
		at := places[int(place)%len(places)]
		var changed bytes.Buffer
		changed.Write(body[:at[0]+1])
		if err := xml.EscapeText(&changed, []byte(text)); err != nil {
			t.Fatal(err)
		}
		changed.Write(body[at[1]-1:])
		readTwice(t, changed.Bytes())
	})
}

func readTwice(t *testing.T, body []byte) {
	header, message, err := Read(body)
	if err != nil {
		if message != nil || header != nil {
			t.Fatalf("a refused body was returned: %v", err)
		}
		return
	}
	if kind, err := Sniff(body); err != nil || kind != message.Kind() {
		t.Fatalf("read as %s, sniffed as %s (%v)", message.Kind(), kind, err)
	}
	written, err := Write(header, message)
	if err != nil {
		return // banks write what we would not
	}
	headerAgain, again, err := Read(written)
	if err != nil {
		t.Fatalf("what was written is not read: %v\n%s", err, written)
	}
	rewritten, err := Write(headerAgain, again)
	if err != nil || !bytes.Equal(rewritten, written) {
		t.Fatalf("written again (%v):\n%s\nnot\n%s", err, rewritten, written)
	}
}

// FuzzReadAmount reads any text as an amount: exactly, or not at all.
func FuzzReadAmount(f *testing.F) {
	for _, text := range []string{"49.90", "0", ".5", "5.", "00100.00000", "-1", "1e3", "123456789012345678", "0.000001", "."} {
		f.Add(text, "EUR")
	}
	f.Add("100", "JPY")
	f.Fuzz(func(t *testing.T, text, currency string) {
		amount, err := ParseAmount(text, currency)
		if err != nil {
			return
		}
		written, err := FormatAmount(amount)
		if err != nil {
			t.Fatalf("%q was read as %s, which cannot be written: %v", text, amount, err)
		}
		back, err := ParseAmount(written, currency)
		if err != nil || !back.Equal(amount) {
			t.Fatalf("%q was read as %s and written as %q, which is %s (%v)", text, amount, written, back, err)
		}
	})
}

// FuzzReadNumbers checks any text by every standard: nothing breaks, and what is good stays good as it is printed.
func FuzzReadNumbers(f *testing.F) {
	for _, s := range []string{"DE89370400440532013000", "RF18539007547034", "DEUTDEFF", "021000021", uetrOne, "529900T8BM49AURSDO55", "é", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if CheckIBAN(s) == nil && CheckIBAN(CompactIBAN(PrintIBAN(s))) != nil {
			t.Fatalf("%q does not survive its printing", s)
		}
		if number, err := RFNumber(s); err == nil && CheckRF(NewRF(number)) != nil {
			t.Fatalf("%q is of %d, which has no reference", s, number)
		}
		if CheckID(s) == nil && (len(s) > 35 || CheckX(s) != nil) {
			t.Fatalf("%q is an identifier", s)
		}
		_, _, _, _, _ = CheckBIC(s), CheckABA(s), CheckLEI(s), CheckUETR(s), CheckUKAccount(s, s)
	})
}
