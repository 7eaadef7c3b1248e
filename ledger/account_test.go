package ledger_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/ledger"
)

func TestChartOfAccounts(t *testing.T) {
	const minor, house = false, true
	for _, row := range []struct {
		account ledger.Account
		name    string
		normal  ledger.Side
		house   bool
	}{
		{ledger.MerchantPending("m_1"), "merchant:m_1:pending", ledger.Credit, minor},
		{ledger.MerchantAvailable("m_1"), "merchant:m_1:available", ledger.Credit, minor},
		{ledger.MerchantReserved("m_1"), "merchant:m_1:reserved", ledger.Credit, minor},
		{ledger.ChannelReceivable("card.acme-eu"), "channel:card.acme-eu:receivable", ledger.Debit, minor},
		{ledger.ChannelReserve("card.acme-eu"), "channel:card.acme-eu:reserve", ledger.Debit, minor},
		{ledger.Nostro("bank", "EUR"), "nostro:bank:EUR", ledger.Debit, minor},
		{ledger.Chain("eip155:1", "hot"), "chain:eip155:1:hot", ledger.Debit, minor},
		{ledger.Chain("eth", "deposit"), "chain:eth:deposit", ledger.Debit, minor},
		{ledger.Disputes("card.acme"), "disputes:card.acme", ledger.Debit, minor},
		{ledger.Suspense("card.acme"), "suspense:card.acme", ledger.Credit, minor},
		{ledger.Claims("pay_1"), "claims:pay_1", ledger.Credit, minor},
		{ledger.Transit("xb.bank"), "transit:xb.bank", ledger.Credit, minor},
		{ledger.Hedge("bank"), "hedge:bank", ledger.Either, minor},
		{ledger.Position, "fx:position", ledger.Either, house},
		{ledger.Rounding, "fx:rounding", ledger.Either, house},
		{ledger.Revaluation, "fx:revaluation", ledger.Either, house},
		{ledger.RevenueFees, "revenue:fees", ledger.Credit, house},
		{ledger.RevenueMargin, "revenue:margin", ledger.Credit, house},
		{ledger.CostChannel, "cost:channel", ledger.Debit, house},
		{ledger.CostNetwork, "cost:network", ledger.Debit, house},
		{ledger.CostCorrespondent, "cost:correspondent", ledger.Debit, house},
		{ledger.CostDispute, "cost:dispute", ledger.Debit, house},
		{ledger.Slippage, "treasury:slippage", ledger.Either, house},
		{ledger.Capital, "treasury:capital", ledger.Credit, house},
		{ledger.Unrealised, "treasury:unrealised", ledger.Either, house},
		{ledger.LossBadDebt, "loss:bad_debt", ledger.Debit, house},
		{ledger.LossReorg, "loss:reorg", ledger.Debit, house},
	} {
		parsed, err := ledger.ParseAccount(row.name)
		if err != nil || parsed != row.account {
			t.Errorf("ParseAccount(%q) = %q, %v; want %q", row.name, parsed, err, row.account)
		}
		if got := row.account.Normal(); got != row.normal {
			t.Errorf("%s is normally on side %d, want %d", row.name, got, row.normal)
		}
		if got := row.account.House(); got != row.house {
			t.Errorf("%s holds house digits: %t, want %t", row.name, got, row.house)
		}
		shown := eur("1.00")
		if row.normal == ledger.Credit {
			shown = shown.Neg()
		}
		if got := row.account.Balance(eur("1.00")); !got.Equal(shown) {
			t.Errorf("a debit of 1.00 EUR shows as %s on %s, want %s", got, row.name, shown)
		}
	}
}

func TestParseAccountRefuses(t *testing.T) {
	for _, name := range []string{
		"", ":", "merchant", "merchant:m_1", "merchant::pending", "merchant:*:pending", "merchant:m_1:pending:", "merchant:m_1:spent",
		"merchant:m_1:x:pending", "chain:a:b:c:hot", "chain:eth:cold", "fx:position ", "FX:position", "fx:profit", "nostro:bank",
		"claims:" + strings.Repeat("p", 65), "claims:pay\n1", "claims:pay€",
	} {
		if a, err := ledger.ParseAccount(name); !errors.Is(err, ledger.ErrUnknownAccount) {
			t.Errorf("ParseAccount(%q) = %q, %v; want ErrUnknownAccount", name, a, err)
		}
	}
}

func FuzzParseAccount(f *testing.F) {
	f.Add("merchant:m_1:pending")
	f.Add("chain:eip155:1:hot")
	f.Add("nostro:bank:EUR")
	f.Fuzz(func(t *testing.T, name string) {
		account, err := ledger.ParseAccount(name)
		posting := ledger.Posting{Account: ledger.Account(name), Amount: eur("1.00")}
		refused := errors.Is(ledger.Entry{ID: "a:b", Postings: []ledger.Posting{posting}}.Check(), ledger.ErrUnknownAccount)
		if refused != (err != nil) {
			t.Errorf("ParseAccount(%q) says %v, Check refuses it: %t", name, err, refused)
		}
		if err == nil && string(account) != name {
			t.Errorf("ParseAccount(%q) = %q", name, account)
		}
		if err == nil && strings.ContainsAny(name, "* \n\t|;") {
			t.Errorf("%q would break the written form of an entry", name)
		}
	})
}
