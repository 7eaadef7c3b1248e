package iso20022_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/money"
	. "github.com/causeway-pay/causeway/rails/iso20022"
)

// sampleBody is the text of a sample.
func sampleBody(t testing.TB, name string) string {
	t.Helper()
	for _, s := range samples() {
		if s.name == name {
			body, err := Write(s.header, s.message)
			if err != nil {
				t.Fatal(err)
			}
			return string(body)
		}
	}
	t.Fatalf("there is no sample %s", name)
	return ""
}

// replaced changes one place of a text, which must be there.
func replaced(t testing.TB, body, old, with string) string {
	t.Helper()
	if !strings.Contains(body, old) {
		t.Fatalf("there is no %s", old)
	}
	return strings.Replace(body, old, with, 1)
}

func TestHostileBodies(t *testing.T) {
	body := sampleBody(t, "pain.001")
	_, content, _ := strings.Cut(body, "?>\n")
	const head = `<?xml version="1.0"?>`
	laughs := `<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>`
	for name, c := range map[string]struct {
		body string
		want error
	}{
		"empty":                    {"", ErrMalformed},
		"blank":                    {" \n", ErrMalformed},
		"not XML":                  {`{"amount":"1.00"}`, ErrMalformed},
		"cut":                      {body[:len(body)-20], ErrMalformed},
		"two documents":            {content + content, ErrMalformed},
		"text behind":              {content + "x", ErrMalformed},
		"text before":              {"x" + content, ErrMalformed},
		"billion laughs":           {head + laughs + content, ErrForbidden},
		"laughs used":              {head + laughs + replaced(t, content, messageID, "&c;"), ErrForbidden},
		"external entity":          {head + `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + replaced(t, content, messageID, "&x;"), ErrForbidden},
		"external document type":   {head + `<!DOCTYPE a SYSTEM "http://evil.example/a.dtd">` + content, ErrForbidden},
		"document type behind":     {content + `<!DOCTYPE a>`, ErrForbidden},
		"entity of nobody":         {replaced(t, content, messageID, "&x;"), ErrMalformed},
		"stylesheet":               {head + `<?xml-stylesheet href="a.xsl"?>` + content, ErrForbidden},
		"a second declaration":     {content + head, ErrForbidden},
		"XML 1.1":                  {`<?xml version="1.1"?>` + content, ErrMalformed},
		"another encoding":         {`<?xml version="1.0" encoding="ISO-8859-1"?>` + content, ErrMalformed},
		"Latin 1":                  {replaced(t, content, "Jane Smith", "Zo\xeb"), ErrMalformed},
		"UTF-16":                   {"\xff\xfe<\x00D\x00/\x00>\x00", ErrMalformed},
		"a control character":      {replaced(t, content, "Jane Smith", "Jane&#0;Smith"), ErrMalformed},
		"an attribute twice":       {replaced(t, content, `Ccy="EUR"`, `Ccy="EUR" Ccy="USD"`), ErrMalformed},
		"many attributes":          {replaced(t, content, `Ccy="EUR"`, attributes(AttributesMax+1)), ErrTooLarge},
		"deep":                     {strings.Repeat("<a>", DepthMax+1) + strings.Repeat("</a>", DepthMax+1), ErrTooLarge},
		"very deep":                {strings.Repeat("<a>", SizeMax/3), ErrTooLarge},
		"long":                     {content + strings.Repeat(" ", SizeMax), ErrTooLarge},
		"many elements":            {"<a>" + strings.Repeat("<b/>", ElementsMax) + "</a>", ErrTooLarge},
		"another root":             {`<Doc xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/>`, ErrWrongMessage},
		"no namespace":             {`<Document/>`, ErrWrongMessage},
		"another namespace":        {replaced(t, content, "pain.001.001.09", "pain.001.001.03"), ErrWrongMessage},
		"another authority":        {replaced(t, content, "urn:iso:std:iso", "urn:iso:std:osi"), ErrWrongMessage},
		"a message of another":     {replaced(t, content, "pain.001.001.09", "pain.002.001.10"), ErrWrongMessage},
		"a header as document":     {replaced(t, content, "pain.001.001.09", "head.001.001.02"), ErrWrongMessage},
		"no message":               {`<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/>`, ErrWrongMessage},
		"two messages":             {doubled(content, "CstmrCdtTrfInitn"), ErrWrongMessage},
		"a bare interbank message": {unwrapped(t, sampleBody(t, "pacs.008")), ErrEnvelope},
		"a wrapped initiation":     {wrapped(t, content), ErrEnvelope},
		"an envelope of nothing":   {`<BusinessMessage/>`, ErrWrongMessage},
		"an envelope of a stranger": {
			replaced(t, sampleBody(t, "pacs.008"), "<BusinessMessage>", `<BusinessMessage xmlns="urn:x">`), ErrWrongMessage,
		},
		"another header": {replaced(t, sampleBody(t, "pacs.008"), "head.001.001.02", "head.001.001.01"), ErrWrongMessage},
		"two headers":    {doubled(sampleBody(t, "pacs.008"), "AppHdr"), ErrWrongMessage},
		"two in one":     {doubled(sampleBody(t, "pacs.008"), "Document"), ErrEnvelope},
		"more in it":     {replaced(t, sampleBody(t, "pacs.008"), "</BusinessMessage>", "<x/></BusinessMessage>"), ErrEnvelope},
	} {
		t.Run(name, func(t *testing.T) {
			if _, m, err := Read([]byte(c.body)); !errors.Is(err, c.want) || m != nil {
				t.Errorf("%v (message %v), want %v", err, m != nil, c.want)
			}
		})
	}
}

func attributes(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, ` a%d="x"`, i)
	}
	return out.String()
}

// doubled repeats the first element of that name.
func doubled(body, name string) string {
	start := strings.Index(body, "<"+name)
	end := start + strings.Index(body[start:], "</"+name+">") + len("</"+name+">")
	return body[:end] + body[start:end] + body[end:]
}

func unwrapped(t testing.TB, body string) string {
	t.Helper()
	_, document, ok := split([]byte(body))
	if !ok {
		t.Fatal("it is bare already")
	}
	return string(document)
}

func wrapped(t testing.TB, document string) string {
	t.Helper()
	head, _, _ := split([]byte(sampleBody(t, "pacs.008")))
	return "<BusinessMessage>" + string(head) + document + "</BusinessMessage>"
}

func TestFaultsOfContent(t *testing.T) {
	for name, c := range map[string]struct {
		sample, old, with string
		want              error
	}{
		"amount negative":     {"pain.001", ">1250.00<", ">-1250.00<", ErrBadAmount},
		"amount signed":       {"pain.001", ">1250.00<", ">+1250.00<", ErrBadAmount},
		"amount exponent":     {"pain.001", ">1250.00<", ">1.25e3<", ErrBadAmount},
		"amount with comma":   {"pain.001", ">1250.00<", ">1,250.00<", ErrBadAmount},
		"amount empty":        {"pain.001", ">1250.00<", "><", ErrMissing},
		"amount hidden":       {"pain.001", ">1250.00<", "><b>1250.00</b><", ErrBadAmount},
		"amount too precise":  {"pain.001", ">1250.00<", ">1250.001<", money.ErrTooPrecise},
		"amount six decimals": {"pain.001", ">1250.00<", ">1250.000001<", ErrBadAmount},
		"amount 19 digits":    {"pain.001", ">1250.00<", ">1234567890123456789<", ErrBadAmount},
		"currency unknown":    {"pain.001", `Ccy="EUR">1250`, `Ccy="EUX">1250`, money.ErrUnknownAsset},
		"currency missing":    {"pain.001", ` Ccy="EUR">1250`, `>1250`, money.ErrUnknownAsset},
		"currency elsewhere":  {"pain.001", `Ccy="EUR">1250`, `xmlns:x="urn:x" x:Ccy="EUR">1250`, money.ErrUnknownAsset},
		"number of transfers": {"pain.001", "<NbOfTxs>2<", "<NbOfTxs>3<", ErrBadTotal},
		"number unreadable":   {"pain.001", "<NbOfTxs>2<", "<NbOfTxs>+2<", ErrBadNumber},
		"sum of transfers":    {"pain.001", "<CtrlSum>1250.01<", "<CtrlSum>1250.02<", ErrBadTotal},
		"message id missing":  {"pain.001", "<MsgId>" + messageID + "</MsgId>", "", ErrMissing},
		"message id empty":    {"pain.001", "<MsgId>" + messageID + "<", "<MsgId> <", ErrMissing},
		"message id long":     {"pain.001", "<MsgId>" + messageID, "<MsgId>" + strings.Repeat("A", 36), ErrBadText},
		"message id twice":    {"pain.001", "<MsgId>", "<MsgId>x</MsgId><MsgId>", ErrRepeated},
		"end to end id twice": {"pain.001", "<EndToEndId>", "<EndToEndId>x</EndToEndId><EndToEndId>", ErrRepeated},
		"amount twice":        {"pain.001", "<InstdAmt ", `<InstdAmt Ccy="EUR">1</InstdAmt><InstdAmt `, ErrRepeated},
		"another method":      {"pain.001", "<PmtMtd>TRF<", "<PmtMtd>CHK<", ErrBadCode},
		"date impossible":     {"pain.001", "<Dt>2026-03-03<", "<Dt>2026-02-29<", ErrBadMoment},
		"date of no calendar": {"pain.001", "<Dt>2026-03-03<", "<Dt>0000-01-01<", ErrBadMoment},
		"time in a date":      {"pain.001", "<Dt>2026-03-03<", "<Dt>2026-03-03T10:00:00<", ErrBadMoment},
		"date missing":        {"pain.001", "<Dt>2026-03-03</Dt>", "", ErrMissing},
		"date empty":          {"pain.001", "<Dt>2026-03-03</Dt>", "<Dt/>", ErrMissing},
		"date and time":       {"pain.001", "<Dt>2026-03-03</Dt>", "<Dt>2026-03-03</Dt><DtTm>2026-03-03T10:00:00</DtTm>", ErrRepeated},
		"time of day":         {"pain.001", "T09:15:30.25+00:00<", "T24:00:01<", ErrBadMoment},
		"offset":              {"pain.001", "T09:15:30.25+00:00<", "T09:15:30+15:00<", ErrBadMoment},
		"comma in a second":   {"pain.001", "T09:15:30.25+00:00<", "T09:15:30,25Z<", ErrBadMoment},
		"date for a time":     {"pain.001", "T09:15:30.25+00:00<", "<", ErrBadMoment},
		"bearer":              {"pain.001", ">SLEV<", ">NOBODY<", ErrBadCode},
		"UETR":                {"pain.001", uetrOne, "8a562c67-ca16-18ba-b074-65581be6f001", ErrUETR},
		"two codes":           {"pain.001", "<Cd>GDDS</Cd>", "<Cd>GDDS</Cd><Prtry>x</Prtry>", ErrRepeated},
		"code":                {"pain.001", ">GDDS<", ">goods<", ErrBadCode},
		"account of two":      {"pain.001", "<IBAN>DE89370400440532013000</IBAN>", "<IBAN>DE89370400440532013000</IBAN><Othr><Id>1</Id></Othr>", ErrRepeated},
		"announced message":   {"pacs.008", "<MsgDefIdr>pacs.008.001.08<", "<MsgDefIdr>pacs.009.001.08<", ErrBadCode},
		"no business id":      {"pacs.008", "<BizMsgIdr>" + messageID + "</BizMsgIdr>", "", ErrMissing},
		"settlement":          {"pacs.008", ">INDA<", ">CASH<", ErrBadCode},
		"rate":                {"pacs.008", "<XchgRate>1.0722<", "<XchgRate>1e3<", ErrBadRate},
		"transactions":        {"pacs.008", "<NbOfTxs>1<", "<NbOfTxs>2<", ErrBadTotal},
		"returned amount":     {"pacs.004", "RtrdIntrBkSttlmAmt", "RtrdSttlmAmt", ErrMalformed},
		"returned twice":      {"pacs.004", "<OrgnlUETR>", "<OrgnlUETR>" + uetrTwo + "</OrgnlUETR><OrgnlUETR>", ErrRepeated},
		"status twice":        {"pacs.002", "<TxSts>", "<TxSts>ACCC</TxSts><TxSts>", ErrRepeated},
		"direction":           {"camt.053", "<CdtDbtInd>CRDT<", "<CdtDbtInd>BOTH<", ErrBadCode},
		"direction missing":   {"camt.054", "<CdtDbtInd>CRDT</CdtDbtInd>", "", ErrMissing},
		"entry amount twice":  {"camt.054", `<Amt Ccy="EUR">1250.00</Amt>`, `<Amt Ccy="EUR">1250.00</Amt><Amt Ccy="EUR">1.00</Amt>`, ErrRepeated},
		"servicer twice":      {"camt.054", "<AcctSvcrRef>", "<AcctSvcrRef>x</AcctSvcrRef><AcctSvcrRef>", ErrRepeated},
		"reversal":            {"camt.053", "<RvslInd>true<", "<RvslInd>yes<", ErrBadFlag},
		"two actors":          {"camt.055", "<Pty>", "<Agt><FinInstnId><BICFI>DEUTDEFF</BICFI></FinInstnId></Agt><Pty>", ErrRepeated},
		"cancellation status": {"camt.029", "<TxCxlSts>ACCR<", "<TxCxlSts>PACR<", ErrBadCode},
	} {
		t.Run(name, func(t *testing.T) {
			body := replaced(t, sampleBody(t, c.sample), c.old, c.with)
			if _, m, err := Read([]byte(body)); !errors.Is(err, c.want) || m != nil {
				t.Errorf("%v (message %v), want %v", err, m != nil, c.want)
			}
		})
	}
}

func TestFaultsAreNamedTogether(t *testing.T) {
	body := sampleBody(t, "pain.001")
	body = replaced(t, body, ">0.01<", ">0.001<")
	body = replaced(t, body, "<MsgId>"+messageID+"</MsgId>", "")
	_, _, err := Read([]byte(body))
	for _, want := range []string{
		"GrpHdr: MsgId is missing", "PmtInf/CdtTrfTxInf[2]/Amt/InstdAmt: ", "read pain.001.001.09: ",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	var many strings.Builder
	for range 100 * FaultsMax {
		many.WriteString("<Ntry/>")
	}
	body = replaced(t, sampleBody(t, "camt.054"), "<Ntry>", many.String()+"<Ntry>")
	_, _, err = Read([]byte(body))
	if err == nil || strings.Count(err.Error(), "\n") >= FaultsMax {
		t.Errorf("more than %d faults are named: %.200v", FaultsMax, err)
	}
}

func TestUnknownElementsArePassedOver(t *testing.T) {
	for _, s := range samples() {
		body := []byte(sampleBody(t, s.name))
		more := bytes.ReplaceAll(body, []byte("</FinInstnId>"), []byte("<New a='b'><Deep>1</Deep></New></FinInstnId>"))
		more = bytes.ReplaceAll(more, []byte("<CreDtTm>"), []byte("<!-- c --><Other xmlns='urn:other'><CreDtTm>x</CreDtTm></Other><CreDtTm>"))
		_, message, err := Read(more)
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			continue
		}
		same(t, message, s.message)
	}
}

func TestReadAsAnother(t *testing.T) {
	if _, _, err := ReadAs[*Recall]([]byte(sampleBody(t, "pacs.008"))); !errors.Is(err, ErrWrongMessage) {
		t.Errorf("a transfer was read as a recall: %v", err)
	}
	body := append([]byte("\uFEFF"), sampleBody(t, "pain.001")...) // the mark that some systems put in front
	if _, m, err := ReadAs[*CreditTransferInitiation](body); err != nil || m.MessageID != messageID {
		t.Errorf("with a byte order mark: %v", err)
	}
	if _, err := Sniff([]byte("<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pacs.009.001.08'/>")); !errors.Is(err, ErrWrongMessage) {
		t.Errorf("a message that is not read here: %v", err)
	}
}
