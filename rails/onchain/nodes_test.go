package onchain_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/onchain"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
	"github.com/causeway-pay/causeway/rails/railtest"
)

// pair is a lab whose channel has two endpoints, each over a wire of its own.
type pair struct {
	*lab

	first, second *wire
	change        func(*onchain.Config)
}

func newPair(t *testing.T, change func(*onchain.Config)) *pair {
	t.Helper()
	p := &pair{}
	node := func() string { return p.url }
	p.first, p.second = newWire(t, node), newWire(t, node)
	p.change = func(c *onchain.Config) {
		c.RPC = []string{p.first.URL, p.second.URL}
		if change != nil {
			change(c)
		}
	}
	p.lab = newLab(t, p.change)
	return p
}

// large has a payment that needs two witnesses, final, and not told yet.
func (p *pair) large() string {
	p.t.Helper()
	place := p.order(1, money.Must("5000", usdc.String()))
	p.round()
	p.payToken(place, "5000")
	p.mine(2 * chain.FinalDepth)
	return place
}

// waits demands that the round ends without a credit, because the chain is behind.
func (p *pair) waits(place string) {
	p.t.Helper()
	if err := p.watcher.Round(p.t.Context(), p.journal); !errors.Is(err, chain.ErrBehind) {
		p.t.Errorf("it went on: %v", err)
	}
	if a, _ := p.at(place).Last(); a.Outcome == payment.Captured {
		p.t.Error("it was credited")
	}
}

func TestOneOfTwoNodesIsEnoughForSmallSums(t *testing.T) {
	for name, pick := range map[string]func(*pair) *wire{
		"the first":  func(p *pair) *wire { return p.first },
		"the second": func(p *pair) *wire { return p.second },
	} {
		p := newPair(t, nil)
		place := p.order(1, money.Must("50", usdc.String()))
		p.round()
		pick(p).trouble.Store(railtest.Silent)
		p.payToken(place, "50")
		p.mine(1)
		p.round()
		p.wants(place, payment.Captured, "50.000000")
		if err := p.rail.Probe(t.Context()); err != nil {
			t.Errorf("%s is gone: %v", name, err)
		}
	}
}

// A node that does not answer is soon left alone, and shown as such; where no other answers, it is asked all the same.
func TestANodeThatDoesNotAnswerIsLeftAlone(t *testing.T) {
	p := newPair(t, nil)
	p.first.trouble.Store(railtest.Silent)
	for range 3 {
		if err := p.rail.Probe(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	nodes := p.rail.Nodes()
	if len(nodes) != 2 || nodes[0].Channel != "rpc-1" || nodes[0].Status != breaker.Open || nodes[1].Status != breaker.Closed {
		t.Fatalf("%+v", nodes)
	}
	asked := p.first.asked.Load()
	if err := p.rail.Probe(t.Context()); err != nil || p.first.asked.Load() != asked {
		t.Errorf("it is asked %d times more (%v)", p.first.asked.Load()-asked, err)
	}
	p.first.trouble.Store(railtest.Well)
	p.second.trouble.Store(railtest.Silent)
	if err := p.rail.Probe(t.Context()); err != nil {
		t.Errorf("nobody else is left: %v", err)
	}
	p.first.trouble.Store(railtest.Silent)
	if err := p.rail.Probe(t.Context()); !errors.Is(err, chain.ErrBehind) {
		t.Errorf("nobody answers: %v", err)
	}
}

// What is not scanned is not credited, whatever the nodes say: whoever should watch does not.
func TestAChainThatNobodyScansIsNotWell(t *testing.T) {
	l := newLab(t, nil)
	if err := l.rail.Probe(t.Context()); err != nil {
		t.Errorf("before the first block was scanned: %v", err)
	}
	l.round()
	if err := l.sim.AdjustTime(2 * time.Hour); err != nil {
		t.Fatal(err)
	}
	l.mine(1)
	if err := l.rail.Probe(t.Context()); !errors.Is(err, chain.ErrBehind) {
		t.Errorf("two hours were not scanned: %v", err)
	}
	l.round()
	if err := l.rail.Probe(t.Context()); err != nil {
		t.Errorf("scanned: %v", err)
	}
}

func TestALargeSumNeedsBothNodes(t *testing.T) {
	p := newPair(t, nil)
	place := p.large()
	p.second.trouble.Store(railtest.Silent)
	p.waits(place)
	p.second.trouble.Store(railtest.Well)
	p.second.head.Store(1) // far behind: it says nothing false, and confirms nothing
	p.waits(place)
	p.second.head.Store(0)
	p.round()
	p.wants(place, payment.Captured, "5000.000000")
}

func TestANodeThatIsALittleBehindIsNoFault(t *testing.T) {
	p := newPair(t, nil)
	place := p.order(1, money.Must("50", usdc.String()))
	p.round()
	p.payToken(place, "50")
	p.mine(3)
	p.second.head.Store(p.head().Number.Int64() - 2)
	p.round()
	p.wants(place, payment.Captured, "50.000000")
}

func TestAllNodesBehindWhatWasSeenAreWaitedFor(t *testing.T) {
	p := newPair(t, nil)
	place := p.order(1, money.Must("50", usdc.String()))
	p.round()
	p.payToken(place, "50")
	p.mine(3)
	p.round()
	p.wants(place, payment.Captured, "50.000000")
	back := p.head().Number.Int64() - 2
	p.first.head.Store(back)
	p.second.head.Store(back)
	if err := p.watcher.Round(t.Context(), p.journal); !errors.Is(err, chain.ErrBehind) {
		t.Errorf("it went on: %v", err)
	}
	p.wants(place, payment.Captured, "50.000000") // no reorganisation: they lag
	p.first.head.Store(0)
	p.second.head.Store(0)
	p.round()
	p.covered()
}

func TestNodesThatDisagreeStopEverything(t *testing.T) {
	p := newPair(t, nil)
	other := newLab(t, nil) // the same chain id, and another chain
	place := p.order(1, money.Must("50", usdc.String()))
	p.round()
	p.payToken(place, "50")
	p.mine(1)
	other.mine(int(p.head().Number.Int64() - other.head().Number.Int64()))
	p.open(func(c *onchain.Config) { c.RPC = []string{p.url, other.url} })
	p.waits(place)
	if err := p.rail.Probe(t.Context()); !errors.Is(err, chain.ErrBehind) {
		t.Errorf("the channel is well: %v", err)
	}
	p.open(nil)
	p.round()
	p.wants(place, payment.Captured, "50.000000")
}

func TestAnOldHeadCreditsNothing(t *testing.T) {
	later := func(c *onchain.Config) { c.Now = func() time.Time { return time.Now().Add(2 * time.Hour) } }
	p := newPair(t, nil)
	place := p.order(1, money.Must("50", usdc.String()))
	p.round()
	p.payToken(place, "50")
	p.mine(1)
	p.open(later)
	p.waits(place)
	a, _ := p.at(place).Last()
	if r, err := p.rail.Cancel(t.Context(), a); err == nil {
		t.Errorf("the chain stands still, and cancel says %s", r.Outcome)
	}
}

func TestAnotherChainIsRefused(t *testing.T) {
	p := newPair(t, nil)
	rail, err := onchain.New(onchain.Config{
		Name: "chain.other", Network: "eip155:1338", RPC: []string{p.url}, XPub: vectors.XPub, Store: p.db, HeadAge: time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := rail.Probe(t.Context()); err == nil || !strings.Contains(err.Error(), "chain 1337") {
		t.Errorf("it is well: %v", err)
	}
}

func TestTheAuditAsksTheNode(t *testing.T) {
	p := newPair(t, nil)
	p.round()
	p.mine(2)
	p.round()
	if missing, err := p.rail.Missing(t.Context()); err != nil || len(missing) != 0 {
		t.Errorf("%v (%v)", missing, err)
	}
	other := newLab(t, nil)
	other.mine(40) // so that other blocks are final
	p.open(func(c *onchain.Config) { c.RPC = []string{other.url} })
	first, ok, err := p.db.RowAt(t.Context(), "chain.dev", 0)
	if err != nil || !ok {
		t.Fatalf("block 0: %+v (%v)", first, err)
	}
	if missing, err := p.rail.Missing(t.Context()); err != nil || len(missing) != 1 {
		t.Errorf("%v (%v)", missing, err)
	}
}

// A node that calls nothing of ours final vouches for nothing: the newest block that was scanned is asked for then.
func TestTheAuditIsNotPutOffByWhatIsFinal(t *testing.T) {
	p := newPair(t, func(c *onchain.Config) { c.From = 6 })
	p.mine(8)
	p.round()
	if _, ok, err := p.db.RowAt(t.Context(), "chain.dev", 5); ok || err != nil {
		t.Fatalf("block 5 was scanned (%v)", err)
	}
	if missing, err := p.rail.Missing(t.Context()); err != nil || len(missing) != 0 {
		t.Errorf("%v (%v)", missing, err)
	}
	other := newLab(t, nil)
	other.payCoin(vectors.Addresses[0], "1") // so that its blocks are others
	other.mine(8)
	p.open(func(c *onchain.Config) { c.RPC, c.From = []string{other.url}, 6 })
	if missing, err := p.rail.Missing(t.Context()); err != nil || len(missing) != 1 {
		t.Errorf("%v (%v)", missing, err)
	}
}

func TestNoErrorRepeatsTheAddressOfANode(t *testing.T) {
	rail, err := onchain.New(onchain.Config{
		Name: "chain.dev", Network: network, RPC: []string{"http://127.0.0.1:1/v3/hunter2"}, XPub: vectors.XPub, Store: newLab(t, nil).db,
	})
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"chain": rail.Probe(t.Context()), "node, as its breaker is told and operators are shown": rail.ProbeNode(t.Context(), "rpc-1")} {
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
