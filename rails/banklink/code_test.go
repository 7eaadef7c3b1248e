package banklink_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

// TestCodes holds the tables against what ISO 20022 says the codes are.
func TestCodes(t *testing.T) {
	for code, want := range map[string]payment.Reason{
		"AC01": payment.InvalidAccount, "AC04": payment.AccountClosed, "AC06": payment.InvalidAccount, "AM04": payment.OutOfFunds,
		"AM03": payment.CurrencyNotSupported, "AM14": payment.LimitExceeded, "RR04": payment.RegulatoryReason, "FR01": payment.SuspectedFraud,
		"AB08": payment.IssuerUnavailable, "AB06": payment.ChannelError, "AC02": payment.ChannelMisconfigured, "TM01": payment.ChannelClosed,
		"DS02": payment.CanceledByMerchant, "CUST": payment.CanceledByMerchant, "MS03": payment.GenericDecline, "ZZ99": payment.GenericDecline,
		"": payment.GenericDecline,
	} {
		if got := banklink.Refusal(code); got != want || !got.Known() {
			t.Errorf("%s is %s, want %s", code, got, want)
		}
	}
	for code := range banklink.Refusals() {
		if _, known := iso20022.Definition(iso20022.StatusReasons, code); !known {
			t.Errorf("%s is no status reason", code)
		}
		if banklink.OwnCopy(code) {
			t.Errorf("%s is a refusal, and speaks of a copy", code)
		}
	}
	for _, code := range []string{"AM05", "DU01", "DU02", "DU03", "DU04", "DU05"} {
		if _, known := iso20022.Definition(iso20022.StatusReasons, code); !known || !banklink.OwnCopy(code) {
			t.Errorf("%s is not taken for our own copy", code)
		}
	}
	for code := range banklink.OursAll() {
		if _, known := iso20022.Definition(iso20022.ReturnReasons, code); !known {
			t.Errorf("%s is no return reason", code)
		}
	}
	for code, want := range map[string]bool{"AC04": false, "AC01": false, "MD06": false, "FOCR": false, "NARR": false, "": false, "DUPL": true, "BE08": true, "AM04": true, "ZZ99": false} {
		if banklink.Ours(code) != want {
			t.Errorf("%s: ours is %t", code, !want)
		}
	}
}

// TestReturnsThatBlameTheDebtorAreOurs: of a payout the debtor is we, so that whatever is wrong with the debtor, or with
// its bank, is not the merchant's to bear.
func TestReturnsThatBlameTheDebtorAreOurs(t *testing.T) {
	text, err := os.ReadFile("../iso20022/codes/return_reason.json")
	if err != nil {
		t.Fatal(err)
	}
	var reasons map[string]string
	if err := json.Unmarshal(text, &reasons); err != nil {
		t.Fatal(err)
	}
	others := []string{"CUST", "SL11", "SL12", "SL13", "SL14"} // a cancellation that was asked for, and direct debits
	for code, definition := range reasons {
		blamed := strings.Contains(strings.ToLower(definition), "debtor") && !slices.Contains(others, code)
		if blamed && !banklink.Ours(code) {
			t.Errorf("%s is not ours: %s", code, definition)
		}
	}
}
