package money

import "strings"

// The active codes of ISO 4217 by exponent (list one, as amended to 2026). CLDR, and with it golang.org/x/text/currency, must
// not be used for this: it gives the digits shown in shops (IDR 0), not those of the account.
const (
	exponent2 = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW " +
		"CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF " +
		"IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN " +
		"MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS " +
		"SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG"
	exponent0 = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
	exponent3 = "BHD IQD JOD KWD LYD OMR TND"
	exponent4 = "CLF UYW"
	// Currencies that ended; the history of reference rates still names them.
	historic2 = "BGN CYP CZK EEK HRK LTL LVL MTL ROL SKK SIT"
	historic0 = "TRL"
)

func iso4217() map[string]Asset {
	assets := map[string]Asset{}
	for exponent, codes := range map[int32]string{
		0: exponent0 + " " + historic0,
		2: exponent2 + " " + historic2,
		3: exponent3,
		4: exponent4,
	} {
		for code := range strings.FieldsSeq(codes) {
			assets[code] = Asset{Code: code, Exponent: exponent, Kind: Fiat}
		}
	}
	return assets
}
