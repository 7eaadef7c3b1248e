package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
)

// evidence is what each of the three sides says: the channels, the API and the ledger.
type evidence struct {
	cards     map[string]*charged   // by the reference of an attempt
	parts     map[string]bool       // captures and refunds that moved money
	doubles   []string              // those of them that did so more than once
	credits   map[string]*big.Rat   // by creditor reference
	debits    map[string]*transfers // by the bank's own name of an order
	arrived   map[string]*transfers // by address on the chain
	movements map[string]int        // how many of each kind

	payments, payouts []view
	refunds           map[string]view   // by id
	captures          map[string][]view // by payment
	books             map[string]book   // by payment or payout
}

// charged is what an acquirer did under one reference.
type charged struct {
	channel               string
	charges, holds, voids int
	taken, back           *big.Rat
	returned              map[string]*big.Rat // given back, by the reference of the refund
	known                 bool                // an attempt of ours has the reference
}

// transfers are what a bank or a chain did under one name.
type transfers struct {
	count int // less those that came back
	value *big.Rat
	known bool
}

// movement is a line of the sandbox's log.
type movement struct {
	Seq                                           int64
	Channel, Kind, Reference, Charge, ID, Account string
	Amount, Currency                              string
	Also                                          []string
}

// book is what the gateway says of one payment to those who may see everything.
type book struct {
	Attempts   []struct{ ID, Channel, UETR, Outcome string }
	Operations []struct{ ID, Kind, Outcome string }

	entries []posting
}

type posting struct {
	Account string
	Amount  wire
}

func (s *storm) gather(ctx context.Context) (*evidence, error) {
	e := newEvidence()
	return e, errors.Join(s.readLogs(ctx, e), s.readChain(ctx, e), s.readObjects(ctx, e), s.readBooks(ctx, e))
}

func newEvidence() *evidence {
	return &evidence{
		cards: map[string]*charged{}, credits: map[string]*big.Rat{}, debits: map[string]*transfers{}, arrived: map[string]*transfers{},
		movements: map[string]int{}, parts: map[string]bool{}, refunds: map[string]view{}, captures: map[string][]view{}, books: map[string]book{},
	}
}

// readLogs reads what moved at the acquirers and banks.
func (s *storm) readLogs(ctx context.Context, e *evidence) error {
	for _, kind := range []string{"charge", "authorization", "capture", "void", "refund", "credit", "debit", "return"} {
		for after := int64(0); ; {
			path := fmt.Sprintf("%s/control/movements?kind=%s&after=%d", s.world.Control, kind, after)
			answer, err := ask(ctx, patient, http.MethodGet, path, nil, "")
			if err != nil || answer.status != http.StatusOK {
				return fmt.Errorf("movements: %d: %w", answer.status, err)
			}
			var page struct{ Movements []movement }
			if err := json.Unmarshal(answer.body, &page); err != nil {
				return fmt.Errorf("movements: %w", err)
			}
			for _, m := range page.Movements {
				e.movements[kind]++
				e.note(m)
				after = m.Seq
			}
			if len(page.Movements) == 0 {
				break
			}
		}
	}
	return nil
}

func (e *evidence) note(m movement) {
	if strings.HasPrefix(m.Channel, "card.") {
		e.noteCard(m)
		return
	}
	switch m.Kind {
	case "credit":
		for _, name := range append(m.Also, m.Reference) {
			if strings.HasPrefix(name, "RF") {
				e.credits[name] = add(e.credits[name], sum(m.Amount))
			}
		}
	case "debit", "return":
		t, ok := e.debits[m.Reference]
		if !ok {
			t = &transfers{value: new(big.Rat)}
			e.debits[m.Reference] = t
		}
		if m.Kind == "debit" {
			t.count++
			t.value.Add(t.value, sum(m.Amount))
		} else {
			t.count--
			t.value.Sub(t.value, sum(m.Amount))
		}
	}
}

func (e *evidence) noteCard(m movement) {
	reference := m.Reference
	if m.Charge != "" {
		reference = m.Charge
		key := m.Kind + " " + m.Reference + " at " + m.Channel
		if e.parts[key] {
			e.doubles = append(e.doubles, key)
		}
		e.parts[key] = true
	}
	c, ok := e.cards[reference]
	if !ok {
		c = &charged{channel: m.Channel, taken: new(big.Rat), back: new(big.Rat), returned: map[string]*big.Rat{}}
		e.cards[reference] = c
	}
	amount := sum(m.Amount)
	switch m.Kind {
	case "charge":
		c.charges++
		c.taken.Add(c.taken, amount)
	case "authorization":
		c.holds++
	case "capture":
		c.taken.Add(c.taken, amount)
	case "void":
		c.voids++
	case "refund":
		c.back.Add(c.back, amount)
		c.returned[m.Reference] = add(c.returned[m.Reference], amount)
	}
}

func add(total, more *big.Rat) *big.Rat {
	if total == nil {
		return more
	}
	return total.Add(total, more)
}

const (
	transferTopic = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef" // Transfer(address,address,uint256)
	blocksMax     = 2000                                                                 // of which logs are asked for at once
	tokenUnit     = 1_000_000                                                            // of USDC
)

// readChain reads every transfer of the token that the chain has now.
func (s *storm) readChain(ctx context.Context, e *evidence) error {
	answer, err := ask(ctx, patient, http.MethodGet, s.world.Control+"/control/chains/"+chainDev, nil, "")
	if err != nil {
		return err
	}
	var chain struct {
		RPC    []string
		Tokens map[string]struct{ Contract string }
		Head   struct{ Number uint64 }
	}
	if err := json.Unmarshal(answer.body, &chain); err != nil || len(chain.RPC) == 0 {
		return fmt.Errorf("chain: %s: %w", answer.body, err)
	}
	for from := uint64(0); from <= chain.Head.Number; from += blocksMax {
		question := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"eth_getLogs","params":[{"fromBlock":"0x%x","toBlock":"0x%x","address":%q,"topics":[%q]}]}`,
			from, min(from+blocksMax-1, chain.Head.Number), chain.Tokens["USDC"].Contract, transferTopic)
		answer, err := ask(ctx, patient, http.MethodPost, chain.RPC[0], nil, question)
		if err != nil {
			return fmt.Errorf("logs: %w", err)
		}
		var found struct {
			Result []struct {
				Topics []string
				Data   string
			}
			Error any
		}
		if err := json.Unmarshal(answer.body, &found); err != nil || found.Error != nil {
			return fmt.Errorf("logs: %v %w", found.Error, err)
		}
		for _, log := range found.Result {
			units, ok := new(big.Int).SetString(strings.TrimPrefix(log.Data, "0x"), 16)
			if !ok || len(log.Topics) != 3 {
				return fmt.Errorf("a transfer that is none: %v", log)
			}
			to := "0x" + log.Topics[2][len(log.Topics[2])-40:]
			t, ok := e.arrived[to]
			if !ok {
				t = &transfers{value: new(big.Rat)}
				e.arrived[to] = t
			}
			t.count++
			t.value.Add(t.value, new(big.Rat).SetFrac(units, big.NewInt(tokenUnit)))
		}
	}
	return nil
}
