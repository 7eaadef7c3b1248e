package signer

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// Rules say what a signer signs. Amounts are in the smallest units of the coin or token, as decimal numbers.
type Rules struct {
	Chains       []uint64 `json:"chains"`       // no other is signed for
	Destinations []string `json:"destinations"` // beneficiaries; empty: any
	Assets       []Limit  `json:"assets"`       // what is paid out; nothing else is
	GasMax       uint64   `json:"gas_max"`      // units of gas of one transaction
	FeeMax       string   `json:"fee_max"`      // wei for one unit of gas
	Approvers    []string `json:"approvers"`    // addresses of those who approve what is above a limit
	Sweeps       Sweeps   `json:"sweeps"`       // what is brought in from the addresses of payers
}

// Sweeps bounds what moves from the addresses of payers to the wallet. It never moves anywhere else.
type Sweeps struct {
	Tokens   []Domain `json:"tokens"`    // those that can be moved by an authorization (EIP-3009)
	GasDaily string   `json:"gas_daily"` // wei that the gas of all sweeps of a day (UTC) may cost at most; empty: nothing is swept
}

// Domain is what a token's authorizations are signed for (EIP-712).
type Domain struct {
	Token   string `json:"token"`
	Name    string `json:"name"`    // USD Coin
	Version string `json:"version"` // 2
}

// Limit bounds what is paid out of one coin or token.
type Limit struct {
	Token   string `json:"token"`   // address of the contract; empty for the coin
	Max     string `json:"max"`     // of one payout
	Daily   string `json:"daily"`   // of all payouts of a day (UTC)
	Approve string `json:"approve"` // a payout above this needs an approval; empty: none does
}

// Validate returns an error that names every rule that is wrong.
func (r Rules) Validate() error {
	var faults []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	check(len(r.Chains) > 0 && !slices.Contains(r.Chains, 0), "chains must name at least one, by its number")
	check(len(r.Assets) > 0, "assets must name at least one")
	check(r.GasMax > 0, "gas_max must be more than zero")
	fee, ok := number(r.FeeMax)
	check(ok && fee.Sign() > 0, "fee_max must be more than zero")
	for i, d := range r.Destinations {
		check(common.IsHexAddress(d), "destinations[%d] is no address", i)
	}
	for i, a := range r.Approvers {
		check(common.IsHexAddress(a), "approvers[%d] is no address", i)
	}
	seen := map[common.Address]bool{}
	for i, l := range r.Assets {
		_, most := number(l.Max)
		_, daily := number(l.Daily)
		_, approve := number(l.Approve)
		check(l.Token == "" || common.IsHexAddress(l.Token), "assets[%d]: token is no address", i)
		check(!seen[common.HexToAddress(l.Token)], "assets[%d] is named twice", i)
		check(most && daily, "assets[%d]: max and daily must be numbers", i)
		check(l.Approve == "" || (approve && len(r.Approvers) > 0), "assets[%d]: approve must be a number, and somebody must be named who approves", i)
		seen[common.HexToAddress(l.Token)] = true
	}
	for i, d := range r.Sweeps.Tokens {
		check(common.IsHexAddress(d.Token) && d.Name != "" && d.Version != "", "sweeps.tokens[%d] must have a token, a name and a version", i)
	}
	_, daily := number(r.Sweeps.GasDaily)
	check(daily || (r.Sweeps.GasDaily == "" && len(r.Sweeps.Tokens) == 0), "sweeps.gas_daily must be a number")
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("signer's rules: %w", errors.Join(faults...))
}

// check holds one order against the rules that need no books.
func (r Rules) check(i intent, o Order) error {
	feeMax, _ := number(r.FeeMax)
	switch {
	case !slices.Contains(r.Chains, i.chain):
		return refuse("chain %d is not allowed", i.chain)
	case o.Gas == 0 || o.Gas > r.GasMax:
		return refuse("%d units of gas are not allowed", o.Gas)
	case i.limit.Cmp(feeMax) > 0:
		return refuse("%s wei for a unit of gas are more than allowed", i.limit)
	case i.cancels, i.from != 0: // a sweep goes to the wallet itself, and its books bound the gas
		return nil
	}
	limit, ok := r.limit(i.token)
	if !ok {
		return refuse("token %s is not allowed", i.token)
	}
	if len(r.Destinations) > 0 && !slices.ContainsFunc(r.Destinations, func(d string) bool {
		return common.HexToAddress(d).Hex() == i.destination
	}) {
		return refuse("destination %s is not allowed", i.destination)
	}
	if most, _ := number(limit.Max); i.amount.Cmp(most) > 0 {
		return refuse("%s is more than one payout may have", i.amount)
	}
	if limit.Approve == "" {
		return nil
	}
	if above, _ := number(limit.Approve); i.amount.Cmp(above) > 0 && !r.approved(i, o.Approvals) {
		return refuse("%s needs the approval of somebody else", i.amount)
	}
	return nil
}

// limit finds the rule of a token. Its address is compared as such: it may be written in any case.
func (r Rules) limit(token string) (Limit, bool) {
	n := slices.IndexFunc(r.Assets, func(l Limit) bool {
		return (l.Token == "") == (token == "") && common.HexToAddress(l.Token) == common.HexToAddress(token)
	})
	if n < 0 {
		return Limit{}, false
	}
	return r.Assets[n], true
}

// approved reports whether one of the approvers signed for this payout.
func (r Rules) approved(i intent, signatures [][]byte) bool {
	text := Approval(i.payout, i.chain, i.token, i.destination, i.amount)
	for _, signature := range signatures {
		by, err := approver(text, signature)
		if err == nil && slices.ContainsFunc(r.Approvers, func(a string) bool { return common.HexToAddress(a) == by }) {
			return true
		}
	}
	return false
}

// dailyOf is the most that may leave of a token in a day.
func (r Rules) dailyOf(token string) *big.Int {
	limit, _ := r.limit(token)
	daily, _ := number(limit.Daily)
	return daily
}

// domain returns the separator of a token's domain on a chain (EIP-712), or refuses.
func (r Rules) domain(chain uint64, token string) ([]byte, error) {
	if !slices.Contains(r.Chains, chain) {
		return nil, refuse("chain %d is not allowed", chain)
	}
	contract := common.HexToAddress(token)
	n := slices.IndexFunc(r.Sweeps.Tokens, func(d Domain) bool { return common.HexToAddress(d.Token) == contract })
	if n < 0 {
		return nil, refuse("token %s is not swept", token)
	}
	d := r.Sweeps.Tokens[n]
	return crypto.Keccak256(domainType, crypto.Keccak256([]byte(d.Name)), crypto.Keccak256([]byte(d.Version)),
		common.LeftPadBytes(new(big.Int).SetUint64(chain).Bytes(), 32), common.LeftPadBytes(contract.Bytes(), 32)), nil
}
