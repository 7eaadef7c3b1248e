package control

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/causeway-pay/causeway/cmd/sandbox/chain"
	"github.com/causeway-pay/causeway/cmd/sandbox/wallet"
)

// ChainReading is what a chain offers and where it stands.
type ChainReading struct {
	RPC    []string                `json:"rpc"`
	Tokens map[string]wallet.Token `json:"tokens"`
	Head   *chain.Block            `json:"head,omitempty"`
}

// endpointFaults is what each endpoint of a chain follows now, in the order of its addresses.
type endpointFaults struct {
	Endpoints [][]chain.Fault `json:"endpoints"`
}

// chains serves what can be done to chains.
func (c *Control) chains(mux *http.ServeMux) {
	mux.HandleFunc("GET /control/chains/{name}", serve(c.readChain))
	mux.HandleFunc("GET /control/chains/{name}/faults", serve(c.chainFaults))
	mux.HandleFunc("POST /control/chains/{name}/faults", serve(c.imposeOnChain))
	mux.HandleFunc("DELETE /control/chains/{name}/faults", serve(c.recoverChain))
	mux.HandleFunc("POST /control/chains/{name}/mine", serve(c.mine))
	mux.HandleFunc("POST /control/chains/{name}/reorg", serve(c.reorg))
	mux.HandleFunc("POST /control/chains/{name}/faucet", serve(c.pour))
	mux.HandleFunc("POST /control/chains/{name}/guard", serve(c.turn))
	mux.HandleFunc("GET /control/chains/{name}/transfers", serve(c.transfers))
}

func (c *Control) chain(r *http.Request) (*chain.Chain, error) {
	name := r.PathValue("name")
	i := slices.IndexFunc(c.Chains, func(each *chain.Chain) bool { return each.Name() == name })
	if i < 0 {
		return nil, fmt.Errorf("%w: %q", errNoPeer, name)
	}
	return c.Chains[i], nil
}

func (c *Control) readChain(r *http.Request) (any, error) {
	chosen, err := c.chain(r)
	if err != nil {
		return nil, err
	}
	head := chosen.Head()
	return ChainReading{chosen.URLs(), chosen.Tokens(), &head}, nil
}

func (c *Control) chainFaults(r *http.Request) (any, error) {
	chosen, err := c.chain(r)
	if err != nil {
		return nil, err
	}
	return endpointFaults{chosen.Faults()}, nil
}

func (c *Control) imposeOnChain(r *http.Request) (any, error) {
	chosen, err := c.chain(r)
	if err != nil {
		return nil, err
	}
	var wish struct {
		Scenario string `json:"scenario"`
		Count    int    `json:"count"`
		Endpoint *int   `json:"endpoint"` // from 0; all of them when left out
	}
	if err := read(r, &wish); err != nil {
		return nil, err
	}
	fault, err := chain.ParseFault(wish.Scenario, wish.Count)
	if err != nil {
		return nil, err
	}
	if err := chosen.Impose(wish.Endpoint, fault); err != nil {
		return nil, err
	}
	return endpointFaults{chosen.Faults()}, nil
}

func (c *Control) recoverChain(r *http.Request) (any, error) {
	chosen, err := c.chain(r)
	if err != nil {
		return nil, err
	}
	if err := chosen.Recover(); err != nil {
		return nil, err
	}
	return endpointFaults{chosen.Faults()}, nil
}

func (c *Control) mine(r *http.Request) (any, error) {
	chosen, err := c.chain(r)
	if err != nil {
		return nil, err
	}
	wish := struct {
		Blocks uint64 `json:"blocks"`
	}{1}
	if err := read(r, &wish); err != nil {
		return nil, err
	}
	return answer(chosen.Mine(wish.Blocks))
}

func (c *Control) reorg(r *http.Request) (any, error) {
	chosen, err := c.chain(r)
	if err != nil {
		return nil, err
	}
	var wish struct {
		Depth uint64 `json:"depth"`
	}
	if err := read(r, &wish); err != nil {
		return nil, err
	}
	return answer(chosen.Reorg(wish.Depth))
}

func (c *Control) pour(r *http.Request) (any, error) {
	chosen, err := c.chain(r)
	if err != nil {
		return nil, err
	}
	var wish struct {
		Address *common.Address `json:"address"`
		Amount  string          `json:"amount"`
		Token   string          `json:"token"`
	}
	if err := read(r, &wish); err != nil {
		return nil, err
	}
	if wish.Address == nil {
		return nil, fmt.Errorf("%w: address is missing", errInvalid)
	}
	return answer(chosen.Pour(r.Context(), *wish.Address, wish.Amount, wish.Token))
}

func (c *Control) turn(r *http.Request) (any, error) {
	chosen, err := c.chain(r)
	if err != nil {
		return nil, err
	}
	var wish chain.Switches
	if err := read(r, &wish); err != nil {
		return nil, err
	}
	return answer(chosen.Turn(r.Context(), wish))
}

func (c *Control) transfers(r *http.Request) (any, error) {
	chosen, err := c.chain(r)
	if err != nil {
		return nil, err
	}
	address := r.URL.Query().Get("address")
	if !common.IsHexAddress(address) {
		return nil, fmt.Errorf("%w: address must be 0x and 40 hex digits", errInvalid)
	}
	found, err := chosen.Transfers(r.Context(), common.HexToAddress(address))
	return answer(struct {
		Transfers []chain.Transfer `json:"transfers"`
	}{found}, err)
}

// answer is a result as serve takes it.
func answer[T any](result T, err error) (any, error) { return result, err }
