package main

import (
	"fmt"
	"strings"
)

// transfer and the other structs below are messages as a gateway writes them; empty fields take a usual value.
type initiation struct {
	endToEnd, amount, currency, account, creditor, date, simulate, message string
}

func or(value, usual string) string {
	if value == "" {
		return usual
	}
	return value
}

func simulated(text string) string {
	if text == "" {
		return ""
	}
	return `<SplmtryData><Envlp><Simulate xmlns="urn:causeway:sandbox">` + text + `</Simulate></Envlp></SplmtryData>`
}

func number(account string) string {
	if len(account) == 22 && strings.HasPrefix(account, "DE") {
		return `<Id><IBAN>` + account + `</IBAN></Id>`
	}
	return `<Id><Othr><Id>` + account + `</Id></Othr></Id>`
}

func (i initiation) String() string {
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn>
<GrpHdr><MsgId>%s</MsgId><CreDtTm>2026-11-25T10:00:00.000Z</CreDtTm><NbOfTxs>1</NbOfTxs><InitgPty><Nm>Causeway</Nm></InitgPty></GrpHdr>
<PmtInf><PmtInfId>P%s</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt><Dt>%s</Dt></ReqdExctnDt><Dbtr><Nm>Causeway</Nm></Dbtr>
<DbtrAcct>%s</DbtrAcct><DbtrAgt><FinInstnId><BICFI>CSWYDEFFXXX</BICFI></FinInstnId></DbtrAgt><ChrgBr>SLEV</ChrgBr>
<CdtTrfTxInf><PmtId><EndToEndId>%s</EndToEndId></PmtId><Amt><InstdAmt Ccy="%s">%s</InstdAmt></Amt>
<Cdtr><Nm>Anna Adler</Nm></Cdtr><CdtrAcct>%s</CdtrAcct><RmtInf><Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>RF18539007547034</Ref></CdtrRefInf></Strd></RmtInf>
%s</CdtTrfTxInf></PmtInf></CstmrCdtTrfInitn></Document>`,
		or(i.message, "M"+i.endToEnd), i.endToEnd, or(i.date, "2026-01-05"), number(or(i.account, ours)), i.endToEnd,
		or(i.currency, "EUR"), or(i.amount, "100.00"), number(or(i.creditor, theirs)), simulated(i.simulate))
}

// passing is a pacs.008.
type passing struct {
	uetr, endToEnd, amount, currency, bearer, account, creditor, simulate, message string
}

const header = `<BusinessMessage><AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"><Fr><FIId><FinInstnId><BICFI>CAUSDEFFXXX</BICFI></FinInstnId></FIId></Fr>
<To><FIId><FinInstnId><BICFI>CSWYDEFFXXX</BICFI></FinInstnId></FIId></To><BizMsgIdr>%s</BizMsgIdr><MsgDefIdr>%s</MsgDefIdr><CreDt>2026-11-25T10:00:00.000Z</CreDt></AppHdr>
%s</BusinessMessage>`

func (p passing) String() string {
	agent := func(name, bic string) string {
		return "<" + name + "><FinInstnId><BICFI>" + bic + "</BICFI></FinInstnId></" + name + ">"
	}
	account := ""
	if p.account != "" {
		account = "<SttlmAcct>" + number(p.account) + "</SttlmAcct>"
	}
	message := or(p.message, "M"+p.uetr[:8])
	return fmt.Sprintf(header, message, "pacs.008.001.08", fmt.Sprintf(`<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf>
<GrpHdr><MsgId>%s</MsgId><CreDtTm>2026-11-25T10:00:00.000Z</CreDtTm><NbOfTxs>1</NbOfTxs><SttlmInf><SttlmMtd>INGA</SttlmMtd>%s</SttlmInf></GrpHdr>
<CdtTrfTxInf><PmtId><InstrId>I1</InstrId><EndToEndId>%s</EndToEndId><TxId>T1</TxId><UETR>%s</UETR></PmtId>
<IntrBkSttlmAmt Ccy="%s">%s</IntrBkSttlmAmt><IntrBkSttlmDt>2026-11-25</IntrBkSttlmDt><ChrgBr>%s</ChrgBr>
<Dbtr><Nm>Bea Berg</Nm></Dbtr>%s%s<Cdtr><Nm>Chen Li</Nm></Cdtr><CdtrAcct>%s</CdtrAcct><RmtInf><Ustrd>invoice 7</Ustrd></RmtInf>
%s</CdtTrfTxInf></FIToFICstmrCdtTrf></Document>`, message, account, or(p.endToEnd, "E"+p.uetr[:8]), p.uetr,
		or(p.currency, "CNY"), or(p.amount, "1000.00"), or(p.bearer, "SHAR"), agent("DbtrAgt", "CAUSDEFFXXX"), agent("CdtrAgt", "ICBKCNBJXXX"),
		number(or(p.creditor, "6222020200001234567")), simulated(p.simulate)))
}

// uetr makes the nth UETR.
func uetr(n int) string { return fmt.Sprintf("%08d-0000-4000-8000-000000000000", n) }

const assignment = `<Assgnmt><Id>%s</Id><Assgnr><Agt><FinInstnId><BICFI>CAUSDEFFXXX</BICFI></FinInstnId></Agt></Assgnr>
<Assgne><Agt><FinInstnId><BICFI>CSWYDEFFXXX</BICFI></FinInstnId></Agt></Assgne><CreDtTm>2026-11-25T10:00:00.000Z</CreDtTm></Assgnmt>`

// cancelOrder is a camt.055.
func cancelOrder(endToEnd, simulate string) string {
	return fmt.Sprintf(`<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.055.001.08"><CstmrPmtCxlReq>`+assignment+`<Undrlyg><OrgnlPmtInfAndCxl>
<OrgnlPmtInfId>P%s</OrgnlPmtInfId><TxInf><OrgnlEndToEndId>%s</OrgnlEndToEndId><CxlRsnInf><Rsn><Cd>CUST</Cd></Rsn></CxlRsnInf>%s</TxInf>
</OrgnlPmtInfAndCxl></Undrlyg></CstmrPmtCxlReq></Document>`, "C"+endToEnd, endToEnd, endToEnd, simulated(simulate))
}

// recallOf is a camt.056.
func recallOf(uetr, simulate string) string {
	return fmt.Sprintf(header, "C"+uetr[:8], "camt.056.001.08", fmt.Sprintf(`<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.056.001.08"><FIToFIPmtCxlReq>`+
		assignment+`<Undrlyg><TxInf><OrgnlUETR>%s</OrgnlUETR><CxlRsnInf><Rsn><Cd>CUST</Cd></Rsn></CxlRsnInf>%s</TxInf></Undrlyg></FIToFIPmtCxlReq></Document>`,
		"C"+uetr[:8], uetr, simulated(simulate)))
}

// statusOf is a pacs.028.
func statusOf(uetr string) string {
	return fmt.Sprintf(header, "Q"+uetr[:8], "pacs.028.001.03", fmt.Sprintf(`<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.028.001.03"><FIToFIPmtStsReq>
<GrpHdr><MsgId>Q%s</MsgId><CreDtTm>2026-11-25T10:00:00.000Z</CreDtTm></GrpHdr><TxInf><OrgnlUETR>%s</OrgnlUETR></TxInf></FIToFIPmtStsReq></Document>`, uetr[:8], uetr))
}
