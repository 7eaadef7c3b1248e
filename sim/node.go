package sim

import (
	"context"
	"fmt"

	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

// node is the chain as one process reads it.
type node struct {
	*network

	by *gatewayProcess
}

var nodeFaults = []weighted{{NodeFails, 3}, {NodeBehind, 3}}

// ask takes a turn, and fails as nodes do.
func (n node) ask(what string) error {
	n.turn(n.by, what+" of "+n.name+" by "+n.by.name)
	if n.isDown(n.name) {
		n.count(ChannelDown)
		return errServer
	}
	switch n.faultOf(nodeFaults) {
	case NodeFails:
		return errServer
	case NodeBehind:
		return chain.ErrBehind
	}
	return nil
}

// Head returns the newest block, and the number of the newest final one.
func (n node) Head(context.Context) (chain.Block, int64, error) {
	if err := n.ask("head"); err != nil {
		return chain.Block{}, 0, err
	}
	return n.head().Block, n.final(), nil
}

// BlockAt returns the block of that number.
func (n node) BlockAt(_ context.Context, number int64) (chain.Block, error) {
	if number >= int64(len(n.blocks)) {
		return chain.Block{}, chain.ErrNoBlock
	}
	return n.blocks[number].Block, nil
}

// Read returns a block with what it moves to addresses of ours.
func (n node) Read(_ context.Context, number int64, ours func(chain.Address) bool) (chain.Block, []chain.Transfer, error) {
	if err := n.ask(fmt.Sprintf("block %d", number)); err != nil {
		return chain.Block{}, nil, err
	}
	if number >= int64(len(n.blocks)) {
		return chain.Block{}, nil, chain.ErrNoBlock
	}
	b := n.blocks[number]
	var found []chain.Transfer
	for i, t := range b.holds {
		address, err := chain.ParseAddress(t.to)
		if t.nonce < 0 && err == nil && ours(address) {
			found = append(found, b.transfer(i))
		}
	}
	return b.Block, found, nil
}

// transfer is the i-th of what a block holds.
func (b block) transfer(i int) chain.Transfer {
	t := b.holds[i]
	transfer := chain.Transfer{Kind: chain.Native, Block: b.Block, Tx: t.hash, From: "0xpayer", To: t.to, Amount: t.amount}
	if t.amount.Asset() == token {
		transfer.Kind, transfer.Index, transfer.Contract = chain.Token, int64(i), "0xtoken"
	}
	return transfer
}

// Confirm reads a transfer again.
func (n node) Confirm(_ context.Context, t chain.Transfer, _ bool) error {
	if err := n.ask("confirm " + t.Reference()); err != nil {
		return err
	}
	b := n.blocks[min(t.Block.Number, n.head().Number)]
	if b.Hash != t.Block.Hash {
		return chain.ErrBehind
	}
	return nil
}
