package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestRecall(t *testing.T) {
	for _, row := range []struct {
		simulate, recall  string // of the transfer, and of its recall
		after             string
		first, then       string
		becomes, returned string
	}{
		{"held", "", "1h", "PDCR", "CNCL", "RJCT CUST", "1000.00"},
		{"", "", "0s", "PDCR", "CNCL", "RJCT CUST", "1000.00"},
		{"", "", "1h", "RJCR CUST", "RJCR CUST", "ACCC", ""},
		{"recall_accepted", "", "1h", "CNCL", "CNCL", "ACCC", "983.00"},
		{"", "recall_accepted", "1h", "CNCL", "CNCL", "ACCC", "983.00"},
		{"recall_refused", "", "0s", "RJCR CUST", "RJCR CUST", "ACCC", ""},
		{"accepted_slowly:2h", "", "1h", "CNCL", "CNCL", "RJCT DS02", ""},
		{"reject:AC04", "", "0s", "RJCR NARR", "RJCR NARR", "RJCT AC04", ""},
		{"returned:1m", "", "1h", "RJCR ARDT", "RJCR ARDT", "ACCC", "983.00"},
	} {
		name := fmt.Sprintf("%q recalled with %q after %s", row.simulate, row.recall, row.after)
		k := startBank(t, nil)
		k.send(passing{uetr: uetr(1), simulate: row.simulate}.String())
		if row.after != "0s" {
			k.advance(row.after)
		}
		if got := k.send(recallOf(uetr(1), row.recall)); !got.is("camt.029.001.09") || got.resolved() != row.first {
			t.Errorf("%s: %s", name, got.raw)
		}
		k.advance("5h")
		if got := k.send(recallOf(uetr(1), "")); got.resolved() != row.then {
			t.Errorf("%s: then %s", name, got.resolved())
		}
		got := k.track(uetr(1))
		if strings.TrimSpace(got.Status+" "+got.Reason) != row.becomes {
			t.Errorf("%s: became %+v", name, got)
		}
		if row.returned != "" {
			back := k.callback("pacs.004", func(n node) bool { return n.is("pacs.004.001.09") })
			if back.money("TxInf", "RtrdIntrBkSttlmAmt") != row.returned+" CNY" || got.Returned.Amount != row.returned {
				t.Errorf("%s: %s", name, back.raw)
			}
		}
		k.balances()
	}
}

func TestRecallOfWhatNeverCame(t *testing.T) {
	k := startBank(t, nil)
	if got := k.send(recallOf(uetr(1), "")); got.resolved() != "CNCL" {
		t.Errorf("recalled: %s", got.raw)
	}
	if got := k.send(passing{uetr: uetr(1)}.String()); got.outcome() != "RJCT DS02" {
		t.Errorf("afterwards: %s", got.raw)
	}
	if got := k.track(uetr(1)); got.Status != "RJCT" {
		t.Errorf("tracked: %+v", got)
	}
	k.advance("1h")
	if got := k.balances()[nostro]; got != "10000.00" {
		t.Errorf("balance %s", got)
	}
}
