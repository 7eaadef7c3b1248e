package iso20022_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/money"
	. "github.com/causeway-pay/causeway/rails/iso20022"
)

func TestFaultyInitiationsAreNotWritten(t *testing.T) {
	long := strings.Repeat("a", 141)
	for name, c := range map[string]struct {
		change func(*CreditTransferInitiation)
		want   error
	}{
		"nothing to pay":      {func(m *CreditTransferInitiation) { m.Transfers = nil }, ErrMissing},
		"an empty transfer":   {func(m *CreditTransferInitiation) { m.Transfers = append(m.Transfers, Transfer{}) }, ErrMissing},
		"no message id":       {func(m *CreditTransferInitiation) { m.MessageID = "" }, ErrMissing},
		"id with underscore":  {func(m *CreditTransferInitiation) { m.Transfers[0].EndToEndID = "att_01JN" }, ErrCharset},
		"long id":             {func(m *CreditTransferInitiation) { m.PaymentID = strings.Repeat("A", 36) }, ErrIDLength},
		"no time":             {func(m *CreditTransferInitiation) { m.CreatedAt = "" }, ErrMissing},
		"date for a time":     {func(m *CreditTransferInitiation) { m.CreatedAt = day }, ErrBadMoment},
		"no date":             {func(m *CreditTransferInitiation) { m.RequestedDate = "" }, ErrMissing},
		"impossible date":     {func(m *CreditTransferInitiation) { m.RequestedDate = "2026-13-01" }, ErrBadMoment},
		"no amount":           {func(m *CreditTransferInitiation) { m.Transfers[0].Amount = money.Amount{} }, ErrMissing},
		"negative amount":     {func(m *CreditTransferInitiation) { m.Transfers[0].Amount = money.Must("1", "EUR").Neg() }, ErrBadAmount},
		"part of a cent":      {func(m *CreditTransferInitiation) { m.Transfers[0].Amount = money.Must("1", "EUR").Bps(1) }, ErrBadAmount},
		"19 digits":           {func(m *CreditTransferInitiation) { m.Transfers[0].Amount = money.Must("12345678901234567.89", "EUR") }, ErrBadAmount},
		"a wrong IBAN":        {func(m *CreditTransferInitiation) { m.DebtorAccount.IBAN = "DE88370400440532013000" }, ErrIBANChecksum},
		"two account numbers": {func(m *CreditTransferInitiation) { m.DebtorAccount.Other = "1" }, ErrRepeated},
		"a wrong BIC":         {func(m *CreditTransferInitiation) { m.DebtorAgent.BIC = "DEUTXXFF" }, ErrBICCountry},
		"a wrong LEI":         {func(m *CreditTransferInitiation) { m.Debtor.LEI = "529900T8BM49AURSDO56" }, ErrLEI},
		"a person's company":  {func(m *CreditTransferInitiation) { m.Debtor.PersonID = "1" }, ErrRepeated},
		"no country":          {func(m *CreditTransferInitiation) { m.Debtor.Address.Country = "UK" }, ErrCountry},
		"eight lines":         {func(m *CreditTransferInitiation) { m.Debtor.Address.Lines = make8() }, ErrBadText},
		"a long name":         {func(m *CreditTransferInitiation) { m.Debtor.Name = long }, ErrBadText},
		"a broken line":       {func(m *CreditTransferInitiation) { m.Debtor.Name = "a\nb" }, ErrBadText},
		"a blank end":         {func(m *CreditTransferInitiation) { m.Debtor.Name = "a " }, ErrBadText},
		"broken text":         {func(m *CreditTransferInitiation) { m.Debtor.Name = "a\xff" }, ErrBadText},
		"a null":              {func(m *CreditTransferInitiation) { m.Debtor.Name = "a\x00b" }, ErrBadText},
		"a bearer":            {func(m *CreditTransferInitiation) { m.Bearer = "ALL" }, ErrBadCode},
		"a code":              {func(m *CreditTransferInitiation) { m.ServiceLevel = coded("INSTANT") }, ErrBadCode},
		"a currency":          {func(m *CreditTransferInitiation) { m.DebtorAccount.Currency = "euro" }, ErrBadCode},
		"a UETR":              {func(m *CreditTransferInitiation) { m.Transfers[0].UETR = strings.ToUpper(uetrOne) }, ErrUETR},
		"an empty reference": {func(m *CreditTransferInitiation) {
			m.Transfers[0].Remittance.References = append(m.Transfers[0].Remittance.References, Reference{})
		}, ErrMissing},
		"too much": {func(m *CreditTransferInitiation) {
			for range 2000 {
				m.Transfers = append(m.Transfers, m.Transfers[0])
			}
		}, ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			m := initiation()
			c.change(m)
			if body, err := Write(nil, m); !errors.Is(err, c.want) || body != nil {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

func make8() []string { return strings.Fields("1 2 3 4 5 6 7 8") }

func TestWhatHasNoPlaceIsNotLeftOut(t *testing.T) {
	dated, placed, grouped, balanced := initiationStatus(), initiationStatus(), cancellation(), notification()
	dated.Payments[0].Transactions[0].EffectiveDate = day
	placed.Payments[0].Transactions[0].InstructedAgent = chase
	grouped.Payments[0].Transactions[0].Original.MessageID = messageID
	balanced.Accounts[0].Balances = statement().Accounts[0].Balances
	for _, m := range []Message{dated, placed, grouped, balanced} {
		if _, err := Write(nil, m); !errors.Is(err, ErrNoPlace) {
			t.Errorf("%s: %v, want %v", m.Kind(), err, ErrNoPlace)
		}
	}
}

func TestEnvelopes(t *testing.T) {
	for _, s := range samples() {
		kind := s.message.Kind()
		for _, h := range []*Header{nil, &header} {
			_, err := Write(h, s.message)
			if fits := h == nil && kind.Bare() || h != nil && kind.Wrapped(); fits != (err == nil) {
				t.Errorf("%s, header %t: %v", kind, h != nil, err)
			} else if !fits && !errors.Is(err, ErrEnvelope) {
				t.Errorf("%s, header %t: %v, want %v", kind, h != nil, err, ErrEnvelope)
			}
		}
	}
	if _, err := Write(&Header{}, interbank()); !errors.Is(err, ErrMissing) {
		t.Errorf("an empty header: %v", err)
	}
	for _, kind := range []Kind{"", Pain001, Head001} {
		if _, err := Write(nil, &AccountReport{Message: kind}); !errors.Is(err, ErrWrongMessage) {
			t.Errorf("an account report that says it is %q: %v", kind, err)
		}
	}
	noBalance := statement()
	noBalance.Accounts[0].Balances = nil
	if _, err := Write(nil, noBalance); !errors.Is(err, ErrMissing) {
		t.Errorf("a statement without a balance: %v", err)
	}
}

func TestControlSumNeedsOneCurrency(t *testing.T) {
	m := initiation()
	m.Transfers[1].Amount = money.Must("7", "USD")
	body, err := Write(nil, m)
	if err != nil || strings.Contains(string(body), "CtrlSum") {
		t.Fatalf("euros and dollars were added: %v", err)
	}
	valid(t, Pain001, body)
	if _, _, err := Read(body); err != nil {
		t.Error(err)
	}
}

func TestCBPR(t *testing.T) {
	if err := CheckCBPR(crossborder()); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*InterbankTransfer, *InterbankTransaction)
		want   error
	}{
		"none": {func(m *InterbankTransfer, _ *InterbankTransaction) { m.Transactions = nil }, ErrSingle},
		"two": {func(m *InterbankTransfer, _ *InterbankTransaction) {
			m.Transactions = append(m.Transactions, m.Transactions[0])
		}, ErrSingle},
		"clearing":            {func(m *InterbankTransfer, _ *InterbankTransaction) { m.Settlement.Method = ByClearing }, ErrClearing},
		"no UETR":             {func(_ *InterbankTransfer, t *InterbankTransaction) { t.UETR = "" }, ErrNoUETR},
		"UETR":                {func(_ *InterbankTransfer, t *InterbankTransaction) { t.UETR = "x" }, ErrUETR},
		"zero":                {func(_ *InterbankTransfer, t *InterbankTransaction) { t.Amount = money.Must("0", "USD") }, ErrNotPositive},
		"no date":             {func(_ *InterbankTransfer, t *InterbankTransaction) { t.SettlementDate = "" }, ErrNoDate},
		"shared":              {func(_ *InterbankTransfer, t *InterbankTransaction) { t.Bearer = BearerShared }, ErrNoCharges},
		"all on the creditor": {func(_ *InterbankTransfer, t *InterbankTransaction) { t.Bearer = BearerCreditor }, ErrNoCharges},
		"service":             {func(_ *InterbankTransfer, t *InterbankTransaction) { t.Bearer = BearerService }, ErrBearer},
		"no bearer":           {func(_ *InterbankTransfer, t *InterbankTransaction) { t.Bearer = "" }, ErrBearer},
		"rate alone":          {func(_ *InterbankTransfer, t *InterbankTransaction) { t.InstructedAmount = money.Amount{} }, ErrNoInstructed},
		"debtor agent":        {func(_ *InterbankTransfer, t *InterbankTransaction) { t.DebtorAgent = Agent{Name: "x"} }, ErrNoAgentBIC},
		"creditor agent":      {func(_ *InterbankTransfer, t *InterbankTransaction) { t.CreditorAgent.BIC = "DEUT" }, ErrBICForm},
		"debtor":              {func(_ *InterbankTransfer, t *InterbankTransaction) { t.Debtor.Name = "" }, ErrNoName},
		"creditor":            {func(_ *InterbankTransfer, t *InterbankTransaction) { t.Creditor.Name = "Jörg" }, ErrCharset},
		"blanks":              {func(_ *InterbankTransfer, t *InterbankTransaction) { t.Creditor.Name += " " }, ErrBadText},
		"ultimate creditor":   {func(_ *InterbankTransfer, t *InterbankTransaction) { t.UltimateCreditor.Name = "a_b" }, ErrCharset},
		"intermediary":        {func(_ *InterbankTransfer, t *InterbankTransaction) { t.Intermediary.BIC = "CITI" }, ErrBICForm},
		"free address":        {func(_ *InterbankTransfer, t *InterbankTransaction) { t.Debtor.Address = Address{Lines: []string{"x"}} }, ErrAddressTown},
		"three lines":         {func(_ *InterbankTransfer, t *InterbankTransaction) { t.Creditor.Address.Lines = make8()[:3] }, ErrAddressLines},
		"remittance":          {func(_ *InterbankTransfer, t *InterbankTransaction) { t.Remittance.Lines = []string{"a_b"} }, ErrCharset},
		"long remittance": {func(_ *InterbankTransfer, t *InterbankTransaction) {
			t.Remittance.Lines = []string{strings.Repeat("a", 141)}
		}, ErrBadText},
		"instructed": {func(m *InterbankTransfer, t *InterbankTransaction) {
			m.InstructedAgent, t.InstructedAgent = Agent{}, Agent{}
		}, ErrNoAgentBIC},
	} {
		t.Run(name, func(t *testing.T) {
			m := crossborder()
			c.change(m, &m.Transactions[0])
			faults(t, name, CheckCBPR(m), c.want)
		})
	}
	bad := crossborder()
	bad.Transactions[0].UETR, bad.Transactions[0].Bearer, bad.Transactions[0].Debtor.Name = "", BearerShared, ""
	faults(t, "all together", CheckCBPR(bad), ErrNoUETR, ErrNoCharges, ErrNoName)
}

func crossborder() *InterbankTransfer {
	m := interbank()
	m.Transactions[0].Bearer, m.Transactions[0].Charges = BearerDebtor, nil
	m.Transactions[0].UltimateDebtor.Name = "Boulangerie O'Neil + Fils"
	return m
}
