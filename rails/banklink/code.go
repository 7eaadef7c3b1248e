package banklink

import "github.com/causeway-pay/causeway/payment"

// refusals maps the external status reasons of ISO 20022 (ExternalStatusReason1Code) by what the merchant or we can do.
// A code beyond the table is a generic decline, which is final.
var refusals = map[string]payment.Reason{
	// the beneficiary's account or bank, as the merchant gave it
	"AC01": payment.InvalidAccount, "AC03": payment.InvalidAccount, "AC06": payment.InvalidAccount, "AC14": payment.InvalidAccount,
	"AC15": payment.InvalidAccount, "BE01": payment.InvalidAccount, "BE04": payment.InvalidAccount, "BE06": payment.InvalidAccount,
	"RC01": payment.InvalidAccount, "RC04": payment.InvalidAccount, "RC07": payment.InvalidAccount, "RC08": payment.InvalidAccount,
	"RC10": payment.InvalidAccount,
	"AC04": payment.AccountClosed, "AC07": payment.AccountClosed,
	// laws and screening
	"RR01": payment.RegulatoryReason, "RR02": payment.RegulatoryReason, "RR03": payment.RegulatoryReason,
	"RR04": payment.RegulatoryReason, "RR05": payment.RegulatoryReason, "AM07": payment.RegulatoryReason,
	"FR01": payment.SuspectedFraud,
	// limits
	"AM02": payment.LimitExceeded, "AM13": payment.LimitExceeded, "AM14": payment.LimitExceeded, "AM21": payment.LimitExceeded,
	"AM23": payment.LimitExceeded,
	// ours, where the debtor is we
	"AC02": payment.ChannelMisconfigured, "AC05": payment.ChannelMisconfigured, "AC13": payment.ChannelMisconfigured,
	"RC03": payment.ChannelMisconfigured, "FF01": payment.ChannelMisconfigured, "DT01": payment.ChannelMisconfigured,
	"AM04": payment.OutOfFunds, "AM03": payment.CurrencyNotSupported, "TM01": payment.ChannelClosed,
	// a bank on the way, or the beneficiary's
	"AB05": payment.IssuerUnavailable, "AB08": payment.IssuerUnavailable, "AB09": payment.IssuerUnavailable,
	"AB06": payment.ChannelError, "AB07": payment.ChannelError, "AB10": payment.ChannelError, "ED05": payment.ChannelError,
	// somebody asked for it
	withdrawn: payment.CanceledByMerchant, "CUST": payment.CanceledByMerchant,
}

// withdrawn is the reason of an order that was canceled at its bank (OrderCancelled).
const withdrawn = "DS02"

// Refusal is the reason behind a code.
func Refusal(code string) payment.Reason {
	if reason, ok := refusals[code]; ok {
		return reason
	}
	return payment.GenericDecline
}

// ownCopies answer a copy of our own message: the first may have been carried out.
var ownCopies = map[string]bool{"AM05": true, "DU01": true, "DU02": true, "DU03": true, "DU04": true, "DU05": true, "DUPL": true}

// OwnCopy reports whether a rejection is about a copy of our own message, and says nothing about the first.
func OwnCopy(code string) bool { return ownCopies[code] }

// ours are the return reasons (ExternalReturnReason1Code) that are our fault or a bank's: the merchant is made whole. Every
// other is the beneficiary's or the merchant's, or says nothing of whose it is; so does a code beyond the set. What each
// means is read in the code set itself, see iso20022.Definition. Of a payout the debtor is we.
var ours = map[string]bool{
	"AM05": true, "DUPL": true, // sent twice
	"AM09": true, "CURR": true, // another amount or currency than was agreed
	"BE08": true, "DS28": true, "AGNT": true, "RC11": true, "ED01": true, "ED05": true, "TM01": true, "DC04": true, // banks on the way
	"CNOR": true, "DNOR": true, // a bank is not reached by the system that we chose
	"AC02": true, "AC13": true, "AG07": true, "AM04": true, "RC03": true, "SL01": true, // our account and its bank
	"BE07": true, "BE10": true, "BE16": true, "RR01": true, "RR02": true, // what has to be said of us
	"AG02": true, "AM01": true, "AM10": true, "DT01": true, "DT04": true, "ERIN": true, "FF03": true, "FF04": true, "FF05": true,
	"FF06": true, "RF01": true, "RR08": true, "RR11": true, // how we write an order
}

// Ours reports whether a payout came back by our fault or a bank's, and not by the beneficiary's or the merchant's.
func Ours(code string) bool { return ours[code] }
