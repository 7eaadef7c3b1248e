package wallet

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"
)

const (
	deployMax = 30 * time.Second // until every creation is in a block
	lookEvery = 50 * time.Millisecond
)

// ErrNotDeployed is returned when a token could not be created at its address.
var ErrNotDeployed = errors.New("token not deployed")

// Deployment is what a chain offers.
type Deployment struct {
	Network string           `json:"network"` // CAIP-2, such as eip155:1337
	Tokens  map[string]Token `json:"tokens"`  // by name
}

// Deploy creates the tokens on a development chain and returns where they are, which is the same on every chain. Tokens
// that are there already stay. The node must offer anvil_setBalance unless the deployer has ether.
func Deploy(ctx context.Context, client *rpc.Client) (Deployment, error) {
	ctx, cancel := context.WithTimeout(ctx, deployMax)
	defer cancel()
	node := ethclient.NewClient(client)
	chain, err := node.ChainID(ctx)
	if err != nil {
		return Deployment{}, fmt.Errorf("chain id: %w", err)
	}
	done, err := node.NonceAt(ctx, Deployer(), nil)
	if err != nil {
		return Deployment{}, fmt.Errorf("nonce of the deployer: %w", err)
	}
	if done < uint64(len(tokens)) {
		if err := create(ctx, client, done); err != nil {
			return Deployment{}, err
		}
	}
	d := Deployment{Network: "eip155:" + chain.String(), Tokens: map[string]Token{}}
	for _, t := range tokens {
		if err := awaitCode(ctx, node, t); err != nil {
			return Deployment{}, err
		}
		d.Tokens[t.Name] = t
	}
	return d, nil
}

// create sends the creations from this nonce on and asks for a block, in case the node makes none by itself.
func create(ctx context.Context, client *rpc.Client, nonce uint64) error {
	node := ethclient.NewClient(client)
	if err := fundDeployer(ctx, client); err != nil {
		return err
	}
	for ; nonce < uint64(len(tokens)); nonce++ {
		t := tokens[nonce]
		data, err := t.creation()
		if err != nil {
			return err
		}
		tx, err := Sign(ctx, node, deployer, Draft{Data: data, Nonce: &nonce})
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrNotDeployed, t.Name, err)
		}
		if err := node.SendTransaction(ctx, tx); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrNotDeployed, t.Name, err)
		}
	}
	if err := client.CallContext(ctx, nil, "evm_mine"); err != nil {
		return fmt.Errorf("mine the tokens: %w", err)
	}
	return nil
}

func fundDeployer(ctx context.Context, client *rpc.Client) error {
	balance, err := ethclient.NewClient(client).BalanceAt(ctx, Deployer(), nil)
	if err != nil {
		return fmt.Errorf("balance of the deployer: %w", err)
	}
	if balance.Cmp(big.NewInt(params.Ether)) >= 0 {
		return nil
	}
	enough := (*hexutil.Big)(new(big.Int).Mul(big.NewInt(100), big.NewInt(params.Ether)))
	if err := client.CallContext(ctx, nil, "anvil_setBalance", Deployer(), enough); err != nil {
		return fmt.Errorf("fund the deployer: %w", err)
	}
	return nil
}

// awaitCode returns once the contract of t exists.
func awaitCode(ctx context.Context, node *ethclient.Client, t Token) error {
	for {
		code, err := node.CodeAt(ctx, t.Contract, nil)
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrNotDeployed, t.Name, err)
		}
		if len(code) > 0 {
			return nil
		}
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
			return fmt.Errorf("%w: %s has no code at %s: did %s send anything else?", ErrNotDeployed, t.Name, t.Contract, Deployer())
		}
	}
}
