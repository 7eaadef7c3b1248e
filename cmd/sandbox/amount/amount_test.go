package amount

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

func TestGrammar(t *testing.T) {
	for _, text := range []string{"0", "0.00", "49.90", "1", "9999999999999999999999999999.999999999999999999"} {
		a, err := Parse(text)
		if err != nil || a.String() != text {
			t.Errorf("%q became %q, %v", text, a, err)
		}
	}
	for _, text := range []string{"", " 1", "01", "-1", "+1", "1.", ".5", "1e3", "1,5", "NaN", "1.0000000000000000000", "10000000000000000000000000000"} {
		if a, err := Parse(text); err != ErrSyntax {
			t.Errorf("%q became %q, %v", text, a, err)
		}
	}
}

func TestJSONIsAString(t *testing.T) {
	var a Amount
	if err := json.Unmarshal([]byte(`"10.50"`), &a); err != nil {
		t.Fatal(err)
	}
	if raw, err := json.Marshal(a); err != nil || string(raw) != `"10.50"` {
		t.Errorf("%s, %v", raw, err)
	}
	for _, raw := range []string{`10.5`, `null`, `""`, `{}`, `"1e2"`} {
		if err := json.Unmarshal([]byte(raw), &a); err == nil {
			t.Errorf("%s was accepted", raw)
		}
	}
}

func TestAddAndSubAreExact(t *testing.T) {
	text := rapid.StringMatching(`(0|[1-9][0-9]{0,26})(\.[0-9]{1,18})?`)
	rapid.Check(t, func(t *rapid.T) {
		a, err := Parse(text.Draw(t, "a"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := Parse(text.Draw(t, "b"))
		if err != nil {
			t.Fatal(err)
		}
		if sum := a.Add(b); !sum.Sub(b).Equal(a) || a.Exceeds(sum) {
			t.Fatalf("%s + %s = %s", a, b, sum)
		}
		if again, err := Parse(a.String()); err != nil || !again.Equal(a) {
			t.Fatalf("%s reads back as %s, %v", a, again, err)
		}
		if !a.OneMore().Exceeds(a) || !a.Zero().IsZero() {
			t.Fatalf("around %s: %s, %s", a, a.OneMore(), a.Zero())
		}
	})
}
