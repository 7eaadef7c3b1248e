package scenario

import (
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for _, row := range []struct {
		text string
		want Scenario
	}{
		{"", Scenario{}},
		{"timeout_then_decline", Scenario{Effect: Decline, Answer: Silence}},
		{"late_success:90s", Scenario{Effect: Later, Answer: Silence, Delay: 90 * time.Second}},
		{"fence_broken:1h", Scenario{Effect: Later, Answer: ServerError, Stubborn: true, Delay: time.Hour}},
		{"fails_on:card.acme-eu", Scenario{Effect: Nothing, Answer: Closed, Channel: "card.acme-eu"}},
	} {
		got, err := Acquirer.Parse(row.text)
		got.Name = ""
		if err != nil || got != row.want {
			t.Errorf("%q is %+v, %v", row.text, got, err)
		}
	}
	for _, text := range []string{
		"nothing", "hang", "refuse", "error_500", "slow:1s", "late_success", "late_success:-1s", "late_success:800h",
		"late_success:soon", "fails_on", "fails_on:", "empty_200:1", "capture:empty_200", ":",
	} {
		if got, err := Acquirer.Parse(text); err == nil {
			t.Errorf("%q became %+v", text, got)
		}
	}
}

func TestParseFault(t *testing.T) {
	for text, want := range map[string]Operation{
		"charged_but_500": Charge, "capture:charged_but_500": Capture, "refund:late_success:1h": Refund,
		"cancel:timeout_then_success": Cancel, "inquiry:hang": Inquiry, "hang": Any, "slow:1s": Any, "refuse": Any,
	} {
		if f, err := Acquirer.ParseFault(text, 0); err != nil || f.Operation != want {
			t.Errorf("%q concerns %q, %v", text, f.Operation, err)
		}
	}
	for _, text := range []string{"", "health:hang", "any:hang", "capture:", "capture:refuse", "cancel:timeout_then_decline", "slow"} {
		if f, err := Acquirer.ParseFault(text, 0); err == nil {
			t.Errorf("%q became %+v", text, f)
		}
	}
}

func TestOn(t *testing.T) {
	s, err := Acquirer.Parse("fails_on:a")
	if err != nil {
		t.Fatal(err)
	}
	if s.On("a") != s || s.On("b") != (Scenario{}) {
		t.Errorf("on a %+v, on b %+v", s.On("a"), s.On("b"))
	}
}

func TestBoard(t *testing.T) {
	var b Board
	put := func(text string, count int) {
		t.Helper()
		f, err := Acquirer.ParseFault(text, count)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Put(f); err != nil {
			t.Fatal(err)
		}
	}
	put("capture:empty_200", 1)
	put("charged_but_500", 2)
	put("hang", 0)
	for i, row := range []struct {
		operation Operation
		want      string
	}{
		{Charge, "charged_but_500"},
		{Refund, "hang"},
		{Capture, "empty_200"},
		{Capture, "hang"},
		{Charge, "charged_but_500"},
		{Charge, "hang"},
		{Health, "hang"},
	} {
		if peeked, drawn := b.Peek(row.operation), b.Draw(row.operation); drawn.Name != row.want || peeked != drawn {
			t.Errorf("draw %d for %s: %q after peeking %q, want %q", i, row.operation, drawn.Name, peeked.Name, row.want)
		}
	}
	b.Clear()
	if got := b.Draw(Charge); got != (Scenario{}) {
		t.Errorf("cleared, but %+v", got)
	}
	for range FaultsMax {
		put("hold", 0)
	}
	if err := b.Put(Fault{}); err != ErrTooMany {
		t.Errorf("one too many: %v", err)
	}
}

func TestBankVocabulary(t *testing.T) {
	for _, row := range []struct {
		text string
		want Scenario
	}{
		{"accepted_slowly:1h", Scenario{Course: Delayed, Delay: time.Hour}},
		{"reject:RR04", Scenario{Effect: Decline, Code: "RR04"}},
		{"reject_at:2:AC04", Scenario{Course: Bounced, Agent: 2, Code: "AC04"}},
		{"reject_unbooked:RR04", Scenario{Course: Unbooked, Code: "RR04"}},
		{"returned:48h", Scenario{Course: Returned, Delay: 48 * time.Hour}},
		{"charged_but_500", Scenario{Answer: ServerError}},
	} {
		got, err := Bank.Parse(row.text)
		got.Name = ""
		if err != nil || got != row.want {
			t.Errorf("%q is %+v, %v", row.text, got, err)
		}
	}
	if got, err := Bank.Parse("returned:48h:980.00"); err != nil || got.Delay != 48*time.Hour || got.Amount.String() != "980.00" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := Bank.Parse("returned:48h:980.00:BE08"); err != nil || got.Amount.String() != "980.00" || got.Code != "BE08" {
		t.Errorf("%+v, %v", got, err)
	}
	for _, text := range []string{
		"returned:1h:BE08", "returned:1h:1.00:", "returned:1h:1.00:be08", "returned:1h:1.00:BE08:x", "reject_unbooked", "fence_broken:1h",
		"hang", "reject", "reject:ac04", "reject_at:AC04", "reject_at:x:AC04", "returned", "returned:1h:0", "returned:1h:x", "returned:x:1.00",
		"held:1", "capture:held",
	} {
		if got, err := Bank.Parse(text); err == nil {
			t.Errorf("%q became %+v", text, got)
		}
	}
	for text, want := range map[string]Operation{
		"held": Transfer, "transfer:held": Transfer, "recall_accepted": Cancel, "datetime_statement": Statement, "statement:error_500": Statement, "hang": Any,
	} {
		if f, err := Bank.ParseFault(text, 0); err != nil || f.Operation != want {
			t.Errorf("%q concerns %q, %v", text, f.Operation, err)
		}
	}
	for _, text := range []string{"capture:hang", "cancel:reject:AC04", "statement:late_success:1s"} {
		if f, err := Bank.ParseFault(text, 0); err == nil {
			t.Errorf("%q became %+v", text, f)
		}
	}
	if _, err := Acquirer.Parse("held"); err == nil {
		t.Error("a card is held")
	}
}
