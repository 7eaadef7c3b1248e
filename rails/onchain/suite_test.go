package onchain_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/onchain"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
	"github.com/causeway-pay/causeway/rails/railtest"
)

// wire stands between the channel and its node, and loses what it is told to.
type wire struct {
	*httptest.Server

	trouble atomic.Value // a railtest.Trouble
	head    atomic.Int64 // the block that it calls the newest; 0: the node's own
	endless atomic.Bool  // it names no final block
	asked   atomic.Int64 // requests so far
}

func newWire(t *testing.T, node func() string) *wire {
	w := &wire{}
	w.trouble.Store(railtest.Well)
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.asked.Add(1)
		text, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		if head := w.head.Load(); head > 0 {
			text = bytes.ReplaceAll(text, []byte(`"latest"`), fmt.Appendf(nil, `"0x%x"`, head))
			r.ContentLength = int64(len(text))
		}
		if w.endless.Load() {
			text = bytes.ReplaceAll(text, []byte(`"finalized"`), []byte(`"unheardof"`))
		}
		r.Body = io.NopCloser(bytes.NewReader(text))
		sends := bytes.Contains(text, []byte("eth_sendRawTransaction"))
		trouble := w.trouble.Load()
		if trouble == railtest.Silent || (sends && trouble == railtest.Deaf) {
			panic(http.ErrAbortHandler)
		}
		target, err := url.Parse(node())
		if err != nil {
			panic(err)
		}
		proxy := httputil.NewSingleHostReverseProxy(target)
		if sends && trouble == railtest.Mute {
			proxy.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(rw, r)
	}))
	t.Cleanup(w.Close)
	return w
}

// through has a lab reach its node over a wire.
func through(t *testing.T) (w *wire, change func(*onchain.Config)) {
	var node atomic.Value
	w = newWire(t, func() string { return node.Load().(string) })
	return w, func(c *onchain.Config) {
		node.Store(c.RPC[0])
		c.RPC = []string{w.URL}
	}
}

type pushNetwork struct {
	*lab

	wire   *wire
	change func(*onchain.Config)
	root   common.Hash // before anything was booked
}

func (n *pushNetwork) Open() (rails.Rail, error) {
	n.open(n.change)
	return n.rail, nil
}

func (n *pushNetwork) Give(a payment.Attempt) {
	n.db.places = append(n.db.places, chain.Place{Number: a.Number, PayTo: a.Instruction.PayTo})
	n.root = n.head().Hash()
}

func (n *pushNetwork) Pay(payTo string, amount money.Amount) { n.payToken(payTo, amount.Value()) }

func (n *pushNetwork) Book() { n.mine(chain.MediumDepth) }

func (n *pushNetwork) Undo() bool {
	n.without(n.root)
	n.mine(chain.MediumDepth + 2)
	return true
}

func (n *pushNetwork) Silence(on bool) {
	n.wire.trouble.Store(railtest.Well)
	if on {
		n.wire.trouble.Store(railtest.Silent)
	}
}

func (n *pushNetwork) Look(ctx context.Context, rail rails.Rail, journal rails.Journal) error {
	return rail.(*onchain.Rail).Watcher(journal).Round(ctx, journal)
}

func TestPushSuite(t *testing.T) {
	railtest.RunPush(t, railtest.Push{
		Network: func(t *testing.T) railtest.PushNetwork {
			n := &pushNetwork{}
			n.wire, n.change = through(t)
			n.lab = newLab(t, n.change)
			return n
		},
		Method: payment.Method{Type: payment.MethodCrypto, Currency: "USDC", Network: network},
		Amount: money.Must("150", usdc.String()),
	})
}

type payoutNetwork struct {
	*treasury

	wire   *wire
	change func(*onchain.Config)
}

func (n *payoutNetwork) Open() (rails.Rail, error) {
	n.open(func(c *onchain.Config) {
		c.Signer = "unix:" + n.socket
		n.change(c)
	})
	return n.rail, nil
}

func (n *payoutNetwork) Suffer(trouble railtest.Trouble) bool {
	switch trouble {
	case railtest.WrongAmount: // a node echoes no amount
		return false
	case railtest.Refusing:
		data := append(selector("refuse(address)"), common.LeftPadBytes(common.HexToAddress(beneficiary).Bytes(), 32)...)
		n.lab.send(n.payer, &n.token, nil, data)
		n.mine(1)
	}
	n.wire.trouble.Store(trouble)
	return true
}

func (n *payoutNetwork) Settle() { n.mine(chain.FinalDepth) }

func (n *payoutNetwork) Paid() money.Amount {
	data := append(crypto.Keccak256([]byte("balanceOf(address)"))[:4:4], common.LeftPadBytes(common.HexToAddress(beneficiary).Bytes(), 32)...)
	return money.FromUnits(n.ask(n.token, data), usdc)
}

func TestPayoutSuite(t *testing.T) {
	railtest.RunPayout(t, railtest.Payout{
		Network: func(t *testing.T) railtest.PayoutNetwork {
			n := &payoutNetwork{}
			n.wire, n.change = through(t)
			n.treasury = newTreasury(t, n.change)
			return n
		},
		Method:      payment.Method{Type: payment.MethodCrypto, Currency: "USDC", Network: network},
		Beneficiary: payment.Beneficiary{ID: "ben_1", Name: "B", Address: beneficiary, Network: network},
		Amount:      money.Must("150", usdc.String()),
	})
}
