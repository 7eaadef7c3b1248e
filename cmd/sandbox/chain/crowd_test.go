package chain_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum/core/types"

	"github.com/causeway-pay/causeway/cmd/sandbox/wallet"
)

// TestACrowdSendsAtOnce has many hand in transactions at one moment: the pool of go-ethereum forgets one of two that wait for
// it, and an endpoint that waits for ever answers nobody any more.
func TestACrowdSendsAtOnce(t *testing.T) {
	const each = 20
	p := start(t, nil)
	var all []*types.Transaction
	for account := range wallet.Accounts() {
		key, err := wallet.Account(account)
		if err != nil {
			t.Fatal(err)
		}
		first, err := p.node.NonceAt(p.ctx(), wallet.Address(key), nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range each {
			nonce := first + uint64(i)
			tx, err := wallet.Sign(p.ctx(), p.node, key, wallet.Draft{To: &shop, Nonce: &nonce})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, tx)
		}
	}
	ctx := p.ctx()
	var sending sync.WaitGroup
	for i, tx := range all {
		sending.Go(func() {
			raw, err := tx.MarshalBinary()
			if err == nil {
				err = p.rpc.CallContext(ctx, nil, "eth_sendRawTransaction", fmt.Sprintf("0x%x", raw))
			}
			if err != nil {
				t.Errorf("transaction %d: %v", i, err)
			}
		})
	}
	sending.Wait()
	p.do("anvil_mine", 20) // a block takes what it has the time for
	for i, tx := range all {
		if p.found(tx.Hash()) == nil {
			t.Errorf("transaction %d is in no block", i)
		}
	}
}
