package chain_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
	"github.com/causeway-pay/causeway/store"
)

var coin = money.Asset{Code: "ETH", Network: "eip155:1337", Exponent: 18, Kind: money.Native}

const place = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"

// made is one block of the world below.
type made struct {
	chain.Block

	pays int64 // wei to place; 0: nothing
}

// world is a chain that is made block by block, and forks.
type world struct {
	blocks []made
	forks  int
	final  int64
	denies bool   // that any transfer stands
	turn   func() // happens once, before the next block is read
}

func (w *world) mine(pays int64) {
	parent := "root"
	if n := len(w.blocks); n > 0 {
		parent = w.blocks[n-1].Hash
	}
	b := made{chain.Block{Number: int64(len(w.blocks)), Parent: parent, Time: time.Unix(1+int64(len(w.blocks)), 0).UTC()}, pays}
	b.Hash = fmt.Sprintf("%d/%d/%d", b.Number, w.forks, pays)
	w.blocks = append(w.blocks, b)
}

// fork drops the newest blocks. What follows is told apart by its hashes.
func (w *world) fork(depth int) []made {
	lost := w.blocks[len(w.blocks)-depth:]
	w.blocks = w.blocks[: len(w.blocks)-depth : len(w.blocks)-depth]
	w.forks++
	return lost
}

func (w *world) Head(context.Context) (chain.Block, int64, error) {
	return w.blocks[len(w.blocks)-1].Block, w.final, nil
}

func (w *world) BlockAt(_ context.Context, number int64) (chain.Block, error) {
	if number >= int64(len(w.blocks)) {
		return chain.Block{}, chain.ErrBehind
	}
	return w.blocks[number].Block, nil
}

func (w *world) Read(ctx context.Context, number int64, ours func(chain.Address) bool) (chain.Block, []chain.Transfer, error) {
	if turn := w.turn; turn != nil {
		w.turn = nil
		turn()
	}
	b, err := w.BlockAt(ctx, number)
	if err != nil {
		return b, nil, err
	}
	to, err := chain.ParseAddress(place)
	if err != nil || !ours(to) || w.blocks[number].pays == 0 {
		return b, nil, err
	}
	return b, []chain.Transfer{w.blocks[number].transfer()}, nil
}

func (m made) transfer() chain.Transfer {
	return chain.Transfer{
		Kind: chain.Native, Block: m.Block, Tx: fmt.Sprintf("tx%d", m.pays), From: "0xpayer", To: place, Amount: money.FromUnits(big.NewInt(m.pays), coin),
	}
}

func (w *world) Confirm(_ context.Context, t chain.Transfer, _ bool) error {
	if w.denies || w.blocks[t.Block.Number].Hash != t.Block.Hash {
		return errors.New("not there")
	}
	return nil
}

// memory is a real store in which one address was given out.
type memory struct {
	*store.DB

	full   bool   // every page of what is open looks full
	toldTo *int64 // nil: nobody asks
}

func (m memory) Open(ctx context.Context, channel string, limit int) ([]chain.Transfer, error) {
	open, err := m.DB.Open(ctx, channel, limit)
	for m.full && len(open) > 0 && len(open) < limit {
		open = append(open, open[len(open)-1])
	}
	return open, err
}

func (m memory) ToldTo(ctx context.Context, channel string, number int64) error {
	if m.toldTo != nil {
		*m.toldTo = number
	}
	return m.DB.ToldTo(ctx, channel, number)
}

func (memory) Places(_ context.Context, _ string, after int64, _ int) ([]chain.Place, error) {
	if after > 0 {
		return nil, nil
	}
	return []chain.Place{{Number: 1, PayTo: place}}, nil
}

// told is the journal: the state that each transfer was last told in.
type told struct {
	state map[string]payment.ReceiptState
	calls int
	fail  int // the telling that fails; 0: none
}

var errDied = errors.New("died")

func (j *told) Arrived(_ context.Context, _ string, r payment.Receipt) error {
	if j.calls++; j.calls == j.fail {
		return errDied
	}
	if j.state[r.Reference] != payment.ReceiptCredited || r.State != payment.ReceiptSeen {
		j.state[r.Reference] = r.State
	}
	return nil
}

// TestWhateverHappensTheBooksAreTheChain plays random chains that fork, go back, and kill the watcher while it tells: in the
// end exactly what is in the chain counts, and the rows are the chain.
func TestWhateverHappensTheBooksAreTheChain(t *testing.T) {
	db := open(t)
	var runs atomic.Int64
	rapid.Check(t, func(t *rapid.T) {
		channel := fmt.Sprintf("chain.%d", runs.Add(1))
		w := &world{final: -1}
		w.mine(0)
		j := &told{state: map[string]payment.ReceiptState{}}
		watchers := []*chain.Watcher{watch(channel, w, db), watch(channel, w, db)}
		round := func() error { return watchers[0].Round(context.Background(), j) }
		if err := round(); err != nil {
			t.Fatal(err)
		}
		var lost []made
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"mine", "pay", "fork", "back", "die", "other"}).Draw(t, "what") {
			case "mine":
				w.mine(0)
			case "pay":
				w.mine(rapid.Int64Range(1, 400).Draw(t, "wei"))
			case "fork":
				lost = w.fork(rapid.IntRange(0, min(5, len(w.blocks)-1)).Draw(t, "depth"))
				w.mine(0)
			case "back": // to the chain that was left
				if n := len(lost); n > 0 && lost[0].Number < int64(len(w.blocks)) {
					at := lost[0].Number
					now := w.blocks[at:]
					w.blocks = append(w.blocks[:at:at], lost...)
					lost = now
					w.forks++
					w.mine(0)
				}
			case "die":
				j.calls, j.fail = 0, rapid.IntRange(1, 3).Draw(t, "at")
				watchers[0] = watch(channel, w, db)
			case "other": // two that watch in turn
				watchers[0], watchers[1] = watchers[1], watchers[0]
			}
			if err := round(); err != nil && !errors.Is(err, errDied) && !errors.Is(err, chain.ErrBehind) {
				t.Fatal(err)
			}
			j.fail = 0
		}
		for range chain.MediumDepth {
			w.mine(0)
			if err := round(); err != nil {
				t.Fatal(err)
			}
		}
		stand(t, w, j, db, channel)
	})
}

// open returns an empty store that knows the coin.
func open(t *testing.T) *store.DB {
	t.Helper()
	if err := money.Register(coin); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "causeway.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// watch starts a watcher anew, as after a crash.
func watch(channel string, w *world, db *store.DB) *chain.Watcher {
	return watchIn(channel, w, memory{DB: db})
}

func watchIn(channel string, w *world, books memory) *chain.Watcher {
	return chain.NewWatcher(chain.Config{
		Channel: channel, Node: w, Store: books, Depths: chain.Depths{coin: {
			Medium: money.FromUnits(big.NewInt(1000), coin), Large: money.FromUnits(big.NewInt(100_000), coin),
		}},
		Poll: time.Millisecond, Now: func() time.Time { return time.Unix(1, 0) }, Log: slog.New(slog.DiscardHandler),
	})
}

// TestAChainThatForksWhileItIsReadIsNotJoinedToWhatItLeft has the node change sides between two of its answers: the block
// that comes next stands on one that was never scanned.
func TestAChainThatForksWhileItIsReadIsNotJoinedToWhatItLeft(t *testing.T) {
	const channel = "chain.turning"
	w := &world{final: -1}
	db, j := open(t), &told{state: map[string]payment.ReceiptState{}}
	watcher := watch(channel, w, db)
	round := func() error { return watcher.Round(t.Context(), j) }
	w.mine(0)
	w.mine(300)
	if err := round(); err != nil {
		t.Fatal(err)
	}
	w.mine(0)
	w.turn = func() {
		w.fork(2)
		w.mine(0)
		w.mine(0)
	}
	if err := round(); !errors.Is(err, chain.ErrBehind) {
		t.Errorf("a block on an unknown one was taken: %v", err)
	}
	for range chain.MediumDepth {
		w.mine(0)
		if err := round(); err != nil {
			t.Fatal(err)
		}
	}
	stand(t, w, j, db, channel)
}

// TestAForkWhileNobodyWatchedIsNoContradiction has the newest block replaced while the watcher is away, for so long that the
// node calls what took its place final. Nothing was final when it was scanned: the chain contradicts nothing.
func TestAForkWhileNobodyWatchedIsNoContradiction(t *testing.T) {
	const channel = "chain.away"
	w := &world{final: -1}
	db, j := open(t), &told{state: map[string]payment.ReceiptState{}}
	w.mine(0)
	w.mine(300)
	if err := watch(channel, w, db).Round(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	w.fork(1)
	for range 2 * chain.FinalDepth {
		w.mine(0)
	}
	w.final = chain.FinalDepth
	if err := watch(channel, w, db).Round(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	stand(t, w, j, db, channel)
}

// TestWhatWasFinalIsNotReplaced has a node drop a block that it called final: at once, and, where the watcher was begun anew
// meanwhile, once that is so deep that it must have been final.
func TestWhatWasFinalIsNotReplaced(t *testing.T) {
	for name, test := range map[string]struct {
		depth int
		again bool
	}{"a little": {3, false}, "deeply, after a restart": {chain.FinalDepth + 1, true}} {
		w := &world{final: -1}
		db, j := open(t), &told{state: map[string]payment.ReceiptState{}}
		for range 2 * chain.FinalDepth {
			w.mine(0)
		}
		w.final = int64(len(w.blocks)) - 2
		watcher := watch("chain.final", w, db)
		if err := watcher.Round(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		if test.again {
			watcher = watch("chain.final", w, db)
		}
		for range w.fork(test.depth) {
			w.mine(0)
		}
		w.mine(0)
		if err := watcher.Round(t.Context(), j); !errors.Is(err, chain.ErrHalted) {
			t.Errorf("%s: it went on: %v", name, err)
		}
	}
}

// TestWhatIsToldIsNoted has a watcher say up to which block it told of everything: not of what may be taken back or is not final,
// not of what its nodes do not confirm, and not of what did not fit the page. What is told in vain is no reason: that is
// what the audit is to find.
func TestWhatIsToldIsNoted(t *testing.T) {
	const pays, blocks = 3, chain.DepthMax + 20
	for name, test := range map[string]struct {
		final        int64
		denies, full bool
		fail         bool
		want         int64
	}{
		"everything":                   {final: blocks - 2, want: blocks - 1 - chain.DepthMax},
		"it is not final":              {final: 5, want: 5},
		"nothing is final":             {final: -1, want: -1},
		"no node confirms it":          {final: blocks - 2, denies: true, want: pays - 1},
		"there may be more":            {final: blocks - 2, full: true, want: pays - 1},
		"the journal does not take it": {final: blocks - 2, fail: true, want: blocks - 1 - chain.DepthMax},
	} {
		t.Run(name, func(t *testing.T) {
			w, noted := &world{final: test.final, denies: test.denies}, int64(-2)
			db, j := open(t), &told{state: map[string]payment.ReceiptState{}}
			for range pays {
				w.mine(0)
			}
			w.mine(300)
			for range blocks - pays - 1 {
				w.mine(0)
			}
			if test.fail {
				j.fail = 2 // it was told as seen
			}
			err := watchIn("chain.noted", w, memory{db, test.full, &noted}).Round(t.Context(), j)
			if (err != nil) != (test.denies || test.fail) {
				t.Fatal(err)
			}
			if noted != test.want {
				t.Errorf("it told of everything up to block %d, want %d", noted, test.want)
			}
		})
	}
}

// stand demands that what counts is what the chain holds, and that every block of it was scanned.
func stand(t rapid.TB, w *world, j *told, db *store.DB, channel string) {
	t.Helper()
	want := map[string]bool{}
	for _, b := range w.blocks {
		if b.pays > 0 {
			want[b.transfer().Reference()] = true
		}
		row, ok, err := db.RowAt(context.Background(), channel, b.Number)
		if err != nil || !ok || row.Block != b.Block || !row.Scanned {
			t.Fatalf("block %d is kept as %+v (%v), want %s", b.Number, row, err, b.Hash)
		}
	}
	for reference, state := range j.state {
		if (state == payment.ReceiptCredited) != want[reference] {
			t.Fatalf("%s is %s, in the chain: %t", reference, state, want[reference])
		}
		delete(want, reference)
	}
	if len(want) > 0 {
		t.Fatalf("never told of: %v", want)
	}
}

func TestDepthsGoByValue(t *testing.T) {
	steps := chain.Depths{coin: {Medium: money.FromUnits(big.NewInt(100), coin), Large: money.FromUnits(big.NewInt(1000), coin)}}
	for units, want := range map[int64]int{1: 1, 99: 1, 100: chain.MediumDepth, 999: chain.MediumDepth, 1000: chain.FinalDepth} {
		need, final := steps.Need(money.FromUnits(big.NewInt(units), coin))
		if need != want || final != (want == chain.FinalDepth) {
			t.Errorf("%d needs %d (final: %t), want %d", units, need, final, want)
		}
	}
	if _, final := steps.Need(money.Must("0.01", "EUR")); !final {
		t.Error("an asset without steps counts before it is final")
	}
}

func TestAddressesAreReadWhateverTheirCase(t *testing.T) {
	want, err := chain.ParseAddress(place)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := chain.ParseAddress("0x70997970c51812dc3a010c7d01b50e0d17dc79c8"); err != nil || got != want {
		t.Errorf("%x (%v)", got, err)
	}
	for _, text := range []string{"", "0x", place[2:], place + "0", place[:41] + "g", " " + place[1:]} {
		if got, err := chain.ParseAddress(text); err == nil {
			t.Errorf("%q was read as %x", text, got)
		}
	}
}
