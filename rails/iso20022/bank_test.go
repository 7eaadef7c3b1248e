package iso20022_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/money"
	. "github.com/causeway-pay/causeway/rails/iso20022"
)

// Messages that banks wrote, with elements that we do not know, prefixes, comments, and habits beyond the schema: capitals
// in a UETR, an empty agent, an entry without its type.
func TestMessagesOfBanks(t *testing.T) {
	for name, want := range map[string]Message{
		"camt.053": bankStatement(),
		"camt.054": bankNotification(),
		"pacs.002": trackerStatus(),
	} {
		t.Run(name, func(t *testing.T) {
			_, message, err := Read(bankFile(t, name))
			if err != nil {
				t.Fatal(err)
			}
			same(t, message, want)
		})
	}
}

func bankFile(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", "bank", name+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestHeaderOfATracker(t *testing.T) {
	h, _, err := ReadAs[*StatusReport](bankFile(t, "pacs.002"))
	if err != nil {
		t.Fatal(err)
	}
	same(t, h, &Header{
		To: deutsche, BusinessID: "TRCK-1", Service: "trck.01", CreatedAt: "2026-03-03T10:00:00Z", PossibleDuplicate: true,
	})
}

func trackerStatus() *StatusReport {
	return &StatusReport{
		MessageID: "TRCK-1", CreatedAt: "2026-03-03T10:00:00",
		Transactions: []TransactionStatus{{
			Original: Original{MessageID: messageID, Message: Pacs008, UETR: uetrOne},
			Status:   AcceptedInProcess, EffectiveDate: "2026-03-04",
			Reasons: []Reason{{Code: proprietary("G002")}, {Code: coded("G000")}},
		}},
	}
}

func bankStatement() *AccountReport {
	return &AccountReport{
		Message: Camt053, MessageID: "27632364572_Z1", CreatedAt: "2026-03-03T19:30:47.123456789+01:00", Page: Page{1, true},
		Accounts: []AccountStatement{{
			ID: "2026-062", Sequence: 62, CreatedAt: "2026-03-03T19:30:47", From: "2026-03-03T00:00:00", To: "2026-03-03T23:59:59.999",
			Account: merchantAccount, Owner: Party{Name: "CAUSEWAY PAY GMBH"}, Servicer: Agent{BIC: "COBADEFF370", Name: "COMMERZBANK"},
			Balances: []Balance{
				{Type: coded("OPBD"), Amount: money.Must("1000.10", "EUR"), Direction: Credit, Date: "2026-03-02"},
				{Type: coded("CLBD"), Amount: money.Must("1234.50", "EUR"), Direction: Credit, Date: "2026-03-03T18:00:00"},
			},
			Entries: []Entry{
				{
					Reference: "1", Amount: money.Must("300", "EUR"), Direction: Credit, Status: Booked, BookedAt: "2026-03-03",
					ValueDate: "2026-03-03T00:00:00.000+01:00", ServicerReference: "2026030300001234567890",
					Type: EntryType{"PMNT", "RCDT", "ESCT", "NTRF+166+9310"},
					Details: []EntryDetails{{
						Batch:        Batch{PaymentID: "COLLECT-1", Count: 2, Total: money.Must("300", "EUR"), Direction: Credit},
						Transactions: []EntryTransaction{batchedOne(), batchedTwo()},
					}},
				},
				{
					Amount: money.Must("50", "EUR"), Direction: Credit, Reversal: true, Status: Booked, BookedAt: "2026-03-03T14:05:00",
					ServicerReference: "R-2", Type: EntryType{Proprietary: "RTRN"},
					Details: []EntryDetails{{Transactions: []EntryTransaction{{EndToEndID: orderID, Return: ReturnInformation{
						OriginalType: EntryType{Proprietary: "ICDT"},
						Reason:       Reason{Originator: Party{BIC: "BNPAFRPP"}, Code: coded("AC04"), Notes: []string{"account closed"}},
					}}}}},
				},
				{Amount: money.Must("5000", "JPY"), Direction: Debit, Status: Expected},
			},
		}},
	}
}

func batchedOne() EntryTransaction {
	return EntryTransaction{
		ServicerReference: "SUB-1", EndToEndID: "NOTPROVIDED", UETR: uetrOne, OwnReferences: []OwnReference{{"KREF", "a"}, {"OTHR", "b"}},
		Amount: money.Must("100", "EUR"), Direction: Credit, InstructedAmount: money.Must("95.25", "CHF"),
		Debtor:        Party{Name: "Müller & Söhne", Address: Address{Country: "CH", Lines: []string{"Bahnhofstrasse 1", "8001 Zürich"}}},
		DebtorAccount: Account{IBAN: "CH9300762011623852957"},
		Remittance:    Remittance{References: []Reference{CreditorReference("RF18539007547034")}},
	}
}

func batchedTwo() EntryTransaction {
	return EntryTransaction{
		EndToEndID: "E2E-2", TransactionID: "T-2", Amount: money.Must("200", "EUR"), Direction: Credit,
		Charges: Charges{Total: money.Must("5", "EUR"), Records: []ChargeRecord{
			{Amount: money.Must("5", "EUR"), Direction: Debit, Included: true},
		}},
		Remittance: Remittance{Lines: []string{"invoice 18", "RF18 5390 0754 7034 <sic>"}},
	}
}

func bankNotification() *AccountReport {
	return &AccountReport{
		Message: Camt054, MessageID: "N-9", CreatedAt: "2026-03-03T10:00:00Z",
		Accounts: []AccountStatement{{
			ID: "N-9-1", CreatedAt: "2026-03-03T10:00:00Z", Account: Account{Other: "000123456789", Currency: "USD"},
			Entries: []Entry{
				{
					Amount: money.Must("0.99", "USD"), Direction: Credit, BookedAt: "2026-03-02T23:30:00-05:00", ValueDate: "2026-03-03",
					ServicerReference: "W-1", Type: EntryType{Domain: "PMNT", Family: "RCDT", SubFamily: "XBCT"},
					Charges: Charges{Total: money.Must("15", "USD")},
					Details: []EntryDetails{
						{Transactions: []EntryTransaction{{
							InstructionID: "I-1", EndToEndID: "E-1", UETR: uetrTwo, SettlementDate: "2026-03-03",
							Remittance: Remittance{References: []Reference{{proprietary("QRR"), "210000000003139471430009017"}}},
						}}},
						{Transactions: []EntryTransaction{{}}},
					},
				},
				{Amount: money.Must("0", "USD"), Direction: Debit, Status: Information},
			},
		}},
	}
}

func TestMoment(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	for m, want := range map[Moment]struct {
		date, instant string
		time, zone    bool
	}{
		"2026-03-03":                     {"2026-03-03", "2026-03-02T23:00:00Z", false, false},
		"2026-03-03T00:30:00":            {"2026-03-03", "2026-03-02T23:30:00Z", true, false},
		"2026-03-03T00:30:00.5":          {"2026-03-03", "2026-03-02T23:30:00.5Z", true, false},
		"2026-03-02T23:30:00-05:00":      {"2026-03-02", "2026-03-03T04:30:00Z", true, true},
		"2026-03-03T04:30:00.000000001Z": {"2026-03-03", "2026-03-03T04:30:00.000000001Z", true, true},
		"":                               {"", "0001-01-01T00:00:00Z", false, false},
	} {
		got := m.Time(berlin).UTC().Format(time.RFC3339Nano)
		if m.Date() != want.date || got != want.instant || m.HasTime() != want.time || m.HasZone() != want.zone {
			t.Errorf("%q: %s, %s, %t, %t; want %v", m, m.Date(), got, m.HasTime(), m.HasZone(), want)
		}
	}
	at := time.Date(2026, 3, 3, 0, 30, 0, 999_999_999, berlin)
	if got := At(at); got != "2026-03-03T00:30:00.999+01:00" {
		t.Errorf("an instant is written as %s", got)
	}
	if got := On(at); got != "2026-03-03" {
		t.Errorf("a date is written as %s", got)
	}
}
