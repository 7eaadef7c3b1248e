package iso20022_test

import (
	"errors"
	"strings"
	"testing"

	. "github.com/causeway-pay/causeway/rails/iso20022"
)

// faults holds an error against all the sentinels that it must name, and no fewer.
func faults(t *testing.T, what string, err error, want ...error) {
	t.Helper()
	if (err == nil) != (len(want) == 0) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
	for _, w := range want {
		if !errors.Is(err, w) {
			t.Errorf("%s: %v does not name: %v", what, err, w)
		}
	}
}

// The examples that national banks and the registry give for their countries.
var goodIBANs = strings.Fields(`
	AD1200012030200359100100 AE070331234567890123456 AL47212110090000000235698741 AT611904300234573201
	AZ21NABZ00000000137010001944 BA391290079401028494 BE68539007547034 BG80BNBG96611020345678 BH67BMAG00001299123456
	BR1800360305000010009795493C1 BY13NBRB3600900000002Z00AB00 CH9300762011623852957 CR05015202001026284066
	CY17002001280000001200527600 CZ6508000000192000145399 DE89370400440532013000 DK5000400440116243
	DO28BAGR00000001212453611324 EE382200221020145685 EG380019000500000000263180002 ES9121000418450200051332
	FI2112345600000785 FO6264600001631634 FR1420041010050500013M02606 GB29NWBK60161331926819 GE29NB0000000101904917
	GI75NWBK000000007099453 GL8964710001000206 GR1601101250000000012300695 GT82TRAJ01020000001210029690
	HR1210010051863000160 HU42117730161111101800000000 IE29AIBK93115212345678 IL620108000000099999999
	IQ98NBIQ850123456789012 IS140159260076545510730339 IT60X0542811101000000123456 JO94CBJO0010000000000131000302
	KW81CBKU0000000000001234560101 KZ86125KZT5004100100 LB62099900000001001901229114 LC55HEMM000100010012001200023015
	LI21088100002324013AA LT121000011101001000 LU280019400644750000 LV80BANK0000435195001
	MC5811222000010123456789030 MD24AG000225100013104168 ME25505000012345678951 MK07250120000058984
	MR1300020001010000123456753 MT84MALT011000012345MTLCAST001S MU17BOMM0101101030300200000MUR NL91ABNA0417164300
	NO9386011117947 PK36SCBL0000001123456702 PL61109010140000071219812874 PS92PALS000000000400123456702
	PT50000201231234567890154 QA58DOHB00001234567890ABCDEFG RO49AAAA1B31007593840000 RS35260005601001611379
	SA0380000000608010167519 SC18SSCB11010000000000001497USD SE4550000000058398257466 SI56263300012039086
	SK3112000000198742637541 SM86U0322509800000000270100 ST68000100010051845310112 SV62CENR00000000000000700025
	TL380080012345678910157 TN5910006035183598478831 TR330006100519786457841326 UA213223130000026007233566001
	VA59001123000012345678 VG96VPVG0000012345678901 XK051212012345678906
`)

func TestIBAN(t *testing.T) {
	for _, good := range goodIBANs {
		faults(t, good, CheckIBAN(good))
		if printed := PrintIBAN(good); CompactIBAN(strings.ToLower(printed)) != good || !strings.HasPrefix(printed, good[:4]+" ") {
			t.Errorf("%s is printed as %q", good, printed)
		}
	}
	for bad, want := range map[string][]error{
		"":                                      {ErrIBANLength},
		"DE8":                                   {ErrIBANLength},
		"DE89 3704 0044 0532 0130 00":           {ErrIBANCharacters},
		"de89370400440532013000":                {ErrIBANCharacters},
		"DE8937040044053201300É":                {ErrIBANCharacters},
		"DE89370400440532013000000000000000000": {ErrIBANCharacters},
		"DE8937040044053201300":                 {ErrIBANLength, ErrIBANChecksum},
		"DE893704004405320130000":               {ErrIBANLength, ErrIBANChecksum},
		"DE8937040044053201300X":                {ErrIBANStructure, ErrIBANChecksum},
		"DE88370400440532013000":                {ErrIBANChecksum},
		"DE89370400440532013001":                {ErrIBANChecksum},
		"DE98370400440532013000":                {ErrIBANChecksum}, // digits swapped
		"DEX9370400440532013000":                {ErrIBANChecksum},
		"US89370400440532013000":                {ErrIBANCountry, ErrIBANChecksum},
		"12345678901234567890":                  {ErrIBANCountry, ErrIBANChecksum},
		"GB29NWBK6016133192681X":                {ErrIBANStructure},
		"GB2912346016133192681":                 {ErrIBANLength},
	} {
		faults(t, bad, CheckIBAN(bad), want...)
	}
	if lengths := IBANLengths(); lengths["NO"] != 15 || lengths["MT"] != 31 || lengths["RU"] != 33 || len(lengths) != 89 {
		t.Errorf("lengths are %v", lengths)
	}
}

// Three check digits leave 1 where the standard wants one: 00, 01 and 99 stand for 97, 98 and 02.
func TestIBANCheckDigitsAreUnique(t *testing.T) {
	for _, s := range []string{"RF000", "RF010", "RF990"} {
		faults(t, s, CheckRF(s), ErrRFChecksum)
	}
}

func TestBIC(t *testing.T) {
	for s, want := range map[string]error{
		"DEUTDEFF": nil, "DEUTDEFF500": nil, "CHASUS33XXX": nil, "BKSVXKPR": nil, "1234GB2L": nil,
		"": ErrBICForm, "DEUTDEF": ErrBICForm, "DEUTDEFFX": ErrBICForm, "deutdeff": ErrBICForm, "DEUTDEFFXXXX": ErrBICForm,
		"DEUT1EFF": ErrBICForm, "DEUT-EFF": ErrBICForm, "DEUTDEFF\n": ErrBICForm, "DEUTQQFF": ErrBICCountry, "DEUTUKFF": ErrBICCountry,
	} {
		if want == nil {
			faults(t, s, CheckBIC(s))
		} else {
			faults(t, s, CheckBIC(s), want)
		}
	}
	if !SameBIC("DEUTDEFF", "DEUTDEFFXXX") || SameBIC("DEUTDEFF", "DEUTDEFF500") {
		t.Error("XXX is the head office")
	}
}

func TestRF(t *testing.T) {
	for number, want := range map[uint64]string{
		539007547034: "RF18539007547034", 2348231: "RF712348231", 0: "RF040", 1: "RF741",
		18446744073709551615: "RF3318446744073709551615",
	} {
		got := NewRF(number)
		if got != want {
			t.Errorf("%d became %s, want %s", number, got, want)
		}
		faults(t, got, CheckRF(got))
		if back, err := RFNumber(PrintIBAN(strings.ToLower(got))); back != number || err != nil {
			t.Errorf("%s is of %d (%v), want %d", got, back, err, number)
		}
	}
	for s, want := range map[string]error{
		"RF18000000000539007547034": nil, "RF471234567890": nil, "RF481234567890": ErrRFChecksum,
		"": ErrRFForm, "RF18": ErrRFForm, "RG18539007547034": ErrRFForm, "RFX8539007547034": ErrRFForm,
		"RF18 5390 0754 7034": ErrRFForm, "rf18539007547034": ErrRFForm, "RF18539007547034539007547034": ErrRFForm,
		"RF19539007547034": ErrRFChecksum, "RF18539007547035": ErrRFChecksum,
	} {
		if want == nil {
			faults(t, s, CheckRF(s))
		} else {
			faults(t, s, CheckRF(s), want)
		}
	}
	if number, err := RFNumber("RF18 0000 0000 0539 0075 4703 4"); number != 539007547034 || err != nil {
		t.Errorf("with zeros in front it is of %d (%v)", number, err)
	}
	if _, err := RFNumber("RF45G72UUR"); !errors.Is(err, ErrRFForm) {
		t.Errorf("a reference of letters is of a number: %v", err)
	}
}

func TestLEI(t *testing.T) {
	for _, good := range []string{"529900T8BM49AURSDO55", "HWUPKR0MPOU8FGXBT394", "7LTWFZYICNSX8D621K86"} {
		faults(t, good, CheckLEI(good))
	}
	for _, bad := range []string{"", "529900T8BM49AURSDO56", "529900T8BM49AURSDO5", "529900t8BM49AURSDO55", "529900T8BM49AURSDOA5"} {
		faults(t, bad, CheckLEI(bad), ErrLEI)
	}
}

func TestABA(t *testing.T) {
	for _, good := range []string{"021000021", "011401533", "091000019", "121000248", "322271627"} {
		faults(t, good, CheckABA(good))
	}
	for s, want := range map[string][]error{
		"": {ErrABAForm}, "02100002": {ErrABAForm}, "02100002X": {ErrABAForm}, "0210000210": {ErrABAForm},
		"021000022": {ErrABAChecksum}, "201000021": {ErrABADistrict, ErrABAChecksum}, "000000000": {ErrABAChecksum}, "990000003": {ErrABADistrict},
	} {
		faults(t, s, CheckABA(s), want...)
	}
}

func TestUKAccount(t *testing.T) {
	faults(t, "good", CheckUKAccount("601613", "31926819"))
	faults(t, "hyphens", CheckUKAccount("60-16-13", "31926819"), ErrSortCode)
	faults(t, "zeros", CheckUKAccount("000000", "31926819"), ErrSortCode)
	faults(t, "short", CheckUKAccount("60161", "3192681"), ErrSortCode, ErrUKAccount)
	faults(t, "letters", CheckUKAccount("601613", "3192681X"), ErrUKAccount)
}

func TestCharset(t *testing.T) {
	faults(t, "all of the set", CheckX("abcxyzABCXYZ0189 /-?:().,'+"))
	for _, s := range []string{"a_b", "Müller", "a&b", "a@b", "\t", "中", "a\nb", "\xff"} {
		faults(t, s, CheckX(s), ErrCharset)
	}
	if err := CheckX("Ünal & Söhne_ö"); !strings.HasSuffix(err.Error(), `'Ü' '&' 'ö' '_'`) {
		t.Errorf("the error does not name each character once: %v", err)
	}
	if err := CheckX("äöüßéèêàçñ中国銀行"); len(err.Error()) > 120 {
		t.Errorf("the error names them all: %v", err)
	}
}

func TestID(t *testing.T) {
	for _, good := range []string{messageID, "A", strings.Repeat("A", 35), "2026/03/03-1", "NOTPROVIDED"} {
		faults(t, good, CheckID(good))
	}
	for s, want := range map[string][]error{
		"": {ErrIDLength}, strings.Repeat("A", 36): {ErrIDLength}, "att_01JNDW4ZJ8Q3K7M5T2X9B6C0VA": {ErrCharset},
		"/a": {ErrIDSlash}, "a/": {ErrIDSlash}, "a//b": {ErrIDSlash}, "/" + strings.Repeat("_", 35): {ErrIDLength, ErrCharset, ErrIDSlash},
	} {
		faults(t, s, CheckID(s), want...)
	}
}

func TestUETR(t *testing.T) {
	faults(t, uetrOne, CheckUETR(uetrOne))
	for _, bad := range []string{
		"", strings.ToUpper(uetrOne), "8a562c67ca1648bab07465581be6f001",
		"8a562c67-ca16-18ba-b074-65581be6f001", // version 1
		"8a562c67-ca16-48ba-c074-65581be6f001", // another variant
		uetrOne + "0",
	} {
		faults(t, bad, CheckUETR(bad), ErrUETR)
	}
}

func TestAddress(t *testing.T) {
	faults(t, "structured", CheckAddress(smith.Address))
	faults(t, "hybrid", CheckAddress(baker.Address))
	faults(t, "free", CheckAddress(Address{Lines: []string{"1 Main St", "New York", "USA"}}), ErrAddressTown, ErrAddressCountry, ErrAddressLines)
	faults(t, "empty line", CheckAddress(Address{Town: "Paris", Country: "FR", Lines: []string{"1 rue X", ""}}), ErrBadText)
	faults(t, "long line", CheckAddress(Address{Town: "Paris", Country: "FR", Lines: []string{strings.Repeat("a", 71)}}), ErrBadText)
	faults(t, "long town", CheckAddress(Address{Town: strings.Repeat("a", 36), Country: "FR"}), ErrBadText)
	faults(t, "blanks", CheckAddress(Address{Town: "Paris ", Country: "FR"}), ErrBadText)
	faults(t, "accents", CheckAddress(Address{Town: "Zürich", Country: "CH"}), ErrCharset)
	faults(t, "country", CheckAddress(Address{Town: "London", Country: "UK"}), ErrAddressCountry)
	for _, country := range []string{"", " ", "D", "DE ", "E A", "DE AE", "de"} {
		faults(t, country, CheckCountry(country), ErrCountry)
	}
}

func TestDefinitions(t *testing.T) {
	for set, code := range map[CodeSet]string{
		StatusReasons: "AM04", ReturnReasons: "AC04", CancellationReasons: "DUPL", CancellationRejections: "CUST", Purposes: "SALA",
		CategoryPurposes: "SUPP", ChargeTypes: "COMM", TransactionStatuses: "ACSP", GroupStatuses: "PART", EntryStatuses: "BOOK",
		BalanceTypes: "CLBD", ClearingSystems: "USABA",
	} {
		if text, known := Definition(set, code); !known || text == "" {
			t.Errorf("%s has no %s", set, code)
		}
		if _, known := Definition(set, "none"); known {
			t.Errorf("%s has a code that there is not", set)
		}
	}
	if len(CodeSets()) != 12 {
		t.Errorf("%d code sets", len(CodeSets()))
	}
}
