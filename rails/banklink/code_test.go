package banklink_test

import (
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
	for code, want := range map[string]bool{"AC04": false, "AC01": false, "MD06": false, "FOCR": false, "NARR": false, "": false, "DUPL": true, "BE08": true} {
		if banklink.Ours(code) != want {
			t.Errorf("%s: ours is %t", code, !want)
		}
	}
}
