package ledger

import (
	"errors"
	"fmt"
	"strings"

	"github.com/causeway-pay/causeway/money"
)

// ErrUnknownAccount is returned when an account has no row in the chart of accounts.
var ErrUnknownAccount = errors.New("account is not in the chart of accounts")

// Side is where the balance of an account is expected. Multiplied with a signed balance it gives the one that is shown.
type Side int

// The sides of an account.
const (
	Credit Side = -1 // what we owe or have earned
	Either Side = 0  // balances of both signs mean something; shown as they are, debit positive
	Debit  Side = 1  // what is ours or is owed to us
)

// Account names one account. It holds any number of assets, each with its own balance.
type Account string

// The accounts of the house itself. All hold money.HouseDigits more digits than the asset.
const (
	Position      Account = "fx:position"    // a credit in X means that the house is long X; posted at mid
	Rounding      Account = "fx:rounding"    // what rounding to payable units left over
	Revaluation   Account = "fx:revaluation" // counterpart of Unrealised, reporting currency only
	RevenueFees   Account = "revenue:fees"
	RevenueMargin Account = "revenue:margin"

	CostChannel       Account = "cost:channel"       // what acquirers and schemes charge us
	CostNetwork       Account = "cost:network"       // gas
	CostCorrespondent Account = "cost:correspondent" // what banks on the way charge us
	CostDispute       Account = "cost:dispute"       // what acquirers charge for a chargeback

	Slippage   Account = "treasury:slippage"   // rate moves that are not the client's; a debit is a loss
	Capital    Account = "treasury:capital"    // the funding of nostro accounts and hot wallets
	Unrealised Account = "treasury:unrealised" // the daily revaluation; a credit is a gain

	LossBadDebt Account = "loss:bad_debt"
	LossReorg   Account = "loss:reorg"
)

// MerchantPending holds what a merchant was credited and cannot yet pay out.
func MerchantPending(id string) Account { return Account("merchant:" + id + ":pending") }

// MerchantAvailable holds what a merchant can pay out.
func MerchantAvailable(id string) Account { return Account("merchant:" + id + ":available") }

// MerchantReserved holds what is set aside for a refund, payout or dispute under way.
func MerchantReserved(id string) Account { return Account("merchant:" + id + ":reserved") }

// ChannelReceivable holds what a channel has collected and not yet settled. Negative means that we owe the channel.
func ChannelReceivable(name string) Account { return Account("channel:" + name + ":receivable") }

// ChannelReserve holds the rolling reserve that a channel keeps back.
func ChannelReserve(name string) Account { return Account("channel:" + name + ":reserve") }

// Nostro is our own account at a bank, in the currency with the ISO 4217 code ccy; it is posted to in no other.
func Nostro(bank, ccy string) Account { return Account("nostro:" + bank + ":" + ccy) }

// Chain is a wallet of ours on a network, "hot" or "deposit". A network is a CAIP-2 id, "eip155:1", or a single name.
func Chain(network, wallet string) Account { return Account("chain:" + network + ":" + wallet) }

// ChainDeposit holds what payers sent to their addresses on a network and was not swept yet.
func ChainDeposit(network string) Account { return Chain(network, deposit) }

// ChainHot is the wallet on a network that payouts leave from.
func ChainHot(network string) Account { return Chain(network, hot) }

// Suspense holds money that a channel collected for an attempt that had been given up, or that names no payment; negative,
// what it gave back for a refund that had been given up.
func Suspense(channel string) Account { return Account("suspense:" + channel) }

// Claims holds a known payer's money that is not applied to the payment: over, late, incomplete or of the wrong asset.
func Claims(payment string) Account { return Account("claims:" + payment) }

// Transit holds what a channel has accepted to send and our bank account was not yet debited for.
func Transit(channel string) Account { return Account("transit:" + channel) }

// Disputes holds what an acquirer took back and a dispute is still open on.
func Disputes(channel string) Account { return Account("disputes:" + channel) }

// Hedge holds the open forwards with a counterparty.
func Hedge(counterparty string) Account { return Account("hedge:" + counterparty) }

// class is a row of the chart of accounts. A "*" stands for one name.
type class struct {
	pattern string
	normal  Side
	house   bool
}

const (
	minor = false // holds whole minor units: what can be paid
	house = true  // holds money.HouseDigits more, else a residual below one minor unit could not be posted
)

// chart is the chart of accounts: no posting is made outside it.
var chart = []class{
	{"merchant:*:pending", Credit, minor},
	{"merchant:*:available", Credit, minor},
	{"merchant:*:reserved", Credit, minor},
	{"channel:*:receivable", Debit, minor},
	{"channel:*:reserve", Debit, minor},
	{"nostro:*:*", Debit, minor},
	{"chain:*:hot", Debit, minor},
	{"chain:*:deposit", Debit, minor},
	{"chain:*:*:hot", Debit, minor}, // a CAIP-2 network has a colon of its own
	{"chain:*:*:deposit", Debit, minor},
	{"disputes:*", Debit, minor},
	{"suspense:*", Credit, minor},
	{"claims:*", Credit, minor},
	{"transit:*", Credit, minor},
	{"hedge:*", Either, minor},
	{string(Position), Either, house},
	{string(Rounding), Either, house},
	{string(Revaluation), Either, house},
	{string(RevenueFees), Credit, house},
	{string(RevenueMargin), Credit, house},
	{string(CostChannel), Debit, house},
	{string(CostNetwork), Debit, house},
	{string(CostCorrespondent), Debit, house},
	{string(CostDispute), Debit, house},
	{string(Slippage), Either, house},
	{string(Capital), Credit, house},
	{string(Unrealised), Either, house},
	{string(LossBadDebt), Debit, house},
	{string(LossReorg), Debit, house},
}

// ParseAccount reads the name of an account. It returns ErrUnknownAccount when the chart of accounts has no place for it.
func ParseAccount(s string) (Account, error) {
	a := Account(s)
	if _, known := a.class(); !known {
		const most = 80
		return "", fmt.Errorf("%.*q: %w", most, s, ErrUnknownAccount)
	}
	return a, nil
}

// Normal returns the side on which the balance of a is expected; Either for an account that is not in the chart.
func (a Account) Normal() Side {
	c, _ := a.class()
	return c.normal
}

// House reports whether a holds money.HouseDigits more digits than its asset, as the accounts of the house itself do.
func (a Account) House() bool {
	c, _ := a.class()
	return c.house
}

// Balance returns a signed sum of postings as it is shown: positive on the normal side of a.
func (a Account) Balance(signed money.Amount) money.Amount {
	if a.Normal() == Credit {
		return signed.Neg()
	}
	return signed
}

// holds reports whether a can hold x to its last digit.
func (a Account) holds(x money.Amount) bool {
	if a.House() {
		return x.FitsHouse()
	}
	return x.IsWhole()
}

// takes reports whether a may be posted to in asset: a nostro account has one currency, every other account any asset.
func (a Account) takes(asset money.Asset) bool {
	return !strings.HasPrefix(string(a), "nostro:") || strings.HasSuffix(string(a), ":"+asset.String())
}

func (a Account) class() (class, bool) {
	for _, c := range chart {
		if matches(c.pattern, string(a)) {
			return c, true
		}
	}
	return class{}, false
}

// matches compares segment by segment, so that a name can never reach beyond its own.
func matches(pattern, account string) bool {
	for {
		want, wants, wantsMore := strings.Cut(pattern, ":")
		got, gets, getsMore := strings.Cut(account, ":")
		if wantsMore != getsMore || (want == "*" && !isName(got)) || (want != "*" && want != got) {
			return false
		}
		if !wantsMore {
			return true
		}
		pattern, account = wants, gets
	}
}

const nameMax = 64 // characters in one segment of an account or cause id

func isName(s string) bool {
	for _, c := range []byte(s) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		digit := '0' <= c && c <= '9'
		if !letter && !digit && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return 0 < len(s) && len(s) <= nameMax
}
