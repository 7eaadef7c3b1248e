package onchain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

// node reads one chain through several endpoints. It implements chain.Node.
type node struct {
	*pool

	id     uint64
	assets map[common.Address]money.Asset // by contract; the zero address is the coin
	tokens []common.Address
	ageMax time.Duration
	lagMax int64
	now    func() time.Time

	mu     sync.Mutex
	order  []*endpoint // those that are level with the chain, the furthest first
	finals bool        // a node once named a final block: from then on only those are final
}

// header is a block as a node writes it. Its hash is taken as the node says: how to compute it changes with every fork.
type header struct {
	Number     hexutil.Uint64 `json:"number"`
	Hash       common.Hash    `json:"hash"`
	Parent     common.Hash    `json:"parentHash"`
	Time       hexutil.Uint64 `json:"timestamp"`
	BaseFee    *hexutil.Big   `json:"baseFeePerGas"`
	Miner      common.Address `json:"miner"`
	Difficulty *hexutil.Big   `json:"difficulty"`
}

// body is a block with its transactions.
type body struct {
	header

	Transactions []struct {
		Hash  common.Hash     `json:"hash"`
		From  common.Address  `json:"from"`
		To    *common.Address `json:"to"`
		Value *hexutil.Big    `json:"value"`
	} `json:"transactions"`
}

func (h header) block() chain.Block {
	return chain.Block{
		Number: int64(h.Number), Hash: h.Hash.Hex(), Parent: h.Parent.Hex(), Time: time.Unix(int64(h.Time), 0).UTC(),
	}
}

// view is what one endpoint says about the chain.
type view struct {
	*endpoint

	head  chain.Block
	base  *big.Int
	final int64 // -1 when it names none
	stays int64 // the newest block that the chain cannot take back; negative when there is none
}

// look asks one endpoint which chain it is on and how far, in one message. One whose breaker is open is asked only when last
// is set.
func (n *node) look(ctx context.Context, e *endpoint, last bool) (view, error) {
	v := view{endpoint: e, final: -1}
	var id hexutil.Uint64
	var latest, final *header
	batch := []rpc.BatchElem{
		{Method: "eth_chainId", Result: &id},
		{Method: "eth_getBlockByNumber", Args: []any{"latest", false}, Result: &latest},
		{Method: "eth_getBlockByNumber", Args: []any{"finalized", false}, Result: &final},
	}
	err := n.with(ctx, e, last, func(ctx context.Context, e *endpoint) error {
		if err := e.rpc.BatchCallContext(ctx, batch); err != nil {
			return err
		}
		return errors.Join(batch[0].Error, batch[1].Error)
	})
	switch {
	case err != nil:
		return v, err
	case uint64(id) != n.id:
		return v, fmt.Errorf("%s is on chain %d, not %d", e.name, id, n.id)
	case latest == nil:
		return v, fmt.Errorf("%s has no head", e.name)
	}
	v.head, v.base = latest.block(), (*big.Int)(latest.BaseFee)
	if batch[2].Error == nil && final != nil { // a chain that has final blocks and none yet answers with an error
		v.final = int64(final.Number)
	}
	return v, nil
}

// views asks every endpoint at once, so that one which hangs holds the others up for as long as its breaker is closed. Those
// whose breakers are open are asked when no other answered. It returns those that answered, the furthest first.
func (n *node) views(ctx context.Context) ([]view, error) {
	well, left, faults := n.lookAt(ctx, n.endpoints, false)
	if len(well) == 0 {
		var more []error
		well, _, more = n.lookAt(ctx, left, true)
		faults = append(faults, more...)
	}
	if len(well) == 0 {
		return nil, fmt.Errorf("%w: no node answers: %w", chain.ErrBehind, errors.Join(faults...))
	}
	slices.SortStableFunc(well, func(a, b view) int { return int(b.head.Number - a.head.Number) })
	return well, nil
}

// lookAt asks endpoints at once. It returns what they say, those that were left alone since their breakers are open, and what
// went wrong with the others.
func (n *node) lookAt(ctx context.Context, asked []*endpoint, last bool) (well []view, left []*endpoint, faults []error) {
	found := make([]view, len(asked))
	errs := make([]error, len(asked))
	var asking sync.WaitGroup
	for i, e := range asked {
		asking.Go(func() { found[i], errs[i] = n.look(ctx, e, last) })
	}
	asking.Wait()
	for i, err := range errs {
		switch {
		case err == nil:
			well = append(well, found[i])
		case errors.Is(err, breaker.ErrOpen):
			left = append(left, asked[i])
		default:
			faults = append(faults, err)
		}
	}
	return well, left, faults
}

// survey finds the head of the chain, and which endpoints are level with it.
func (n *node) survey(ctx context.Context) (view, error) {
	well, err := n.views(ctx)
	if err != nil {
		return view{}, err
	}
	best := well[0]
	level, named := []*endpoint{best.endpoint}, best.final >= 0
	for _, other := range well[1:] {
		if best.head.Number-other.head.Number > n.lagMax {
			continue // too far behind to be asked; it says nothing false
		}
		if err := n.agree(ctx, best, other); err != nil {
			return view{}, err
		}
		level = append(level, other.endpoint)
		named = named || other.final >= 0
		best.final = min(best.final, other.final)
	}
	best.stays = n.noted(level, named, best)
	if age := n.now().Sub(best.head.Time); age > n.ageMax {
		return view{}, fmt.Errorf("%w: the newest block is %s old", chain.ErrBehind, age.Round(time.Second))
	}
	return best, nil
}

// noted keeps which endpoints are level, and returns the newest block that stays. On a chain whose nodes name no final
// block that is one under many others. A node that names none for a while is no reason to take less than its chain gives.
func (n *node) noted(level []*endpoint, named bool, best view) int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.order = level
	n.finals = n.finals || named
	if n.finals {
		return best.final
	}
	return best.head.Number - chain.FinalDepth + 1
}

// agree demands that two endpoints are on one chain.
func (n *node) agree(ctx context.Context, best, other view) error {
	there := best.head
	if best.head.Number != other.head.Number {
		var err error
		if there, err = n.blockFrom(ctx, []*endpoint{best.endpoint}, other.head.Number); err != nil {
			return err
		}
	}
	if there.Hash != other.head.Hash {
		return fmt.Errorf("%w: %s and %s do not agree on block %d", chain.ErrBehind, best.name, other.name, other.head.Number)
	}
	return nil
}

// asked returns the endpoints in the order in which they are asked.
func (n *node) asked() []*endpoint {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.order) == 0 {
		return n.endpoints
	}
	return n.order
}

// Head returns the newest block and the number of the newest final one. It returns chain.ErrBehind when the head is old
// or the endpoints do not agree.
func (n *node) Head(ctx context.Context) (chain.Block, int64, error) {
	v, err := n.survey(ctx)
	return v.head, v.final, err
}

// BlockAt returns the block of that number.
func (n *node) BlockAt(ctx context.Context, number int64) (chain.Block, error) {
	return n.blockFrom(ctx, n.asked(), number)
}

func (n *node) blockFrom(ctx context.Context, from []*endpoint, number int64) (chain.Block, error) {
	var found *header
	err := n.first(ctx, from, func(ctx context.Context, e *endpoint) error {
		found = nil
		if err := e.rpc.CallContext(ctx, &found, "eth_getBlockByNumber", hexutil.Uint64(number), false); err != nil {
			return err
		}
		if found == nil || int64(found.Number) != number {
			return ethereum.NotFound
		}
		return nil
	})
	if errors.Is(err, ethereum.NotFound) {
		return chain.Block{}, fmt.Errorf("%w: %d", chain.ErrBehind, number)
	}
	if err != nil {
		return chain.Block{}, fmt.Errorf("%w: %w", chain.ErrBehind, err)
	}
	return found.block(), nil
}

// Read returns the block of that number with every transfer to an address that ours knows: in two calls, however many
// addresses there are, and one more for each payment in the chain's coin, whose transaction may have failed.
//
// Coins that a contract sends inside of a call are not seen: neither the block nor its logs tell of them.
func (n *node) Read(ctx context.Context, number int64, ours func(chain.Address) bool) (chain.Block, []chain.Transfer, error) {
	var b chain.Block
	var found []chain.Transfer
	err := n.first(ctx, n.asked(), func(ctx context.Context, e *endpoint) error {
		var full *body
		if err := e.rpc.CallContext(ctx, &full, "eth_getBlockByNumber", hexutil.Uint64(number), true); err != nil {
			return err
		}
		if full == nil || int64(full.Number) != number {
			return ethereum.NotFound
		}
		b = full.block()
		var err error
		if found, err = n.coins(ctx, e, full, ours); err != nil {
			return err
		}
		tokens, err := n.tokensIn(ctx, e, full.header, ours)
		found = append(found, tokens...)
		return err
	})
	if err != nil {
		err = fmt.Errorf("%w: read block %d: %w", chain.ErrBehind, number, err)
	}
	return b, found, err
}

// coins finds payments in the chain's coin.
func (n *node) coins(ctx context.Context, e *endpoint, full *body, ours func(chain.Address) bool) ([]chain.Transfer, error) {
	var found []chain.Transfer
	for _, tx := range full.Transactions {
		if tx.To == nil || (*big.Int)(tx.Value).Sign() == 0 || !ours(chain.Address(*tx.To)) {
			continue
		}
		receipt, err := e.eth.TransactionReceipt(ctx, tx.Hash)
		if err != nil {
			return nil, err
		}
		if receipt.BlockHash != full.Hash {
			return nil, fmt.Errorf("transaction %s is not in block %s any more", tx.Hash, full.Hash)
		}
		if receipt.Status != types.ReceiptStatusSuccessful {
			continue
		}
		coin, _ := n.asset(common.Address{})
		found = append(found, chain.Transfer{
			Kind: chain.Native, Block: full.block(), Tx: tx.Hash.Hex(), From: tx.From.Hex(), To: tx.To.Hex(),
			Amount: money.FromUnits((*big.Int)(tx.Value), coin),
		})
	}
	return found, nil
}

// tokensIn finds payments in tokens that are allowed.
func (n *node) tokensIn(ctx context.Context, e *endpoint, h header, ours func(chain.Address) bool) ([]chain.Transfer, error) {
	logs, err := n.tokenLogs(ctx, e, h.Hash)
	if err != nil {
		return nil, err
	}
	var found []chain.Transfer
	for _, l := range logs {
		asset, allowed := n.asset(l.Address)
		m, ok := readTransfer(l)
		if !ok || !allowed || m.units.Sign() == 0 || !ours(chain.Address(m.to)) {
			continue
		}
		found = append(found, chain.Transfer{
			Kind: chain.Token, Block: h.block(), Tx: l.TxHash.Hex(), Index: int64(l.Index), From: m.from.Hex(), To: m.to.Hex(),
			Contract: l.Address.Hex(), Amount: money.FromUnits(m.units, asset),
		})
	}
	return found, nil
}

// tokenLogs are the transfers of allowed tokens in one block. A node that answers of another block is not believed.
func (n *node) tokenLogs(ctx context.Context, e *endpoint, block common.Hash) ([]types.Log, error) {
	if len(n.tokens) == 0 {
		return nil, nil
	}
	logs, err := e.eth.FilterLogs(ctx, ethereum.FilterQuery{BlockHash: &block, Addresses: n.tokens, Topics: [][]common.Hash{{transferEvent}}})
	if err != nil {
		return nil, err
	}
	for _, l := range logs {
		if l.BlockHash != block {
			return nil, fmt.Errorf("a log of block %s came for block %s", l.BlockHash, block)
		}
	}
	return logs, nil
}
