package chain

import (
	"context"
	"errors"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// Why a watcher does not go on. The first two end by themselves.
var (
	ErrBehind    = errors.New("chain is behind")                      // returned when the head is too old, or nodes do not agree
	ErrNoBlock   = errors.New("no such block")                        // returned by a Node that does not have the block
	ErrHalted    = errors.New("chain contradicts itself: see to it")  // returned when a reorganisation is deeper than may be
	ErrOutOfLine = errors.New("block does not follow the newest one") // returned by a Store when another watcher was faster
)

// Node reads a chain.
type Node interface {
	// Head returns the newest block, and the number of the newest final one; -1 when the node does not say. It returns
	// ErrBehind when the head cannot be relied on to be the chain's.
	Head(ctx context.Context) (head Block, final int64, err error)
	// BlockAt returns the block of that number. It returns ErrNoBlock when the chain is not that long.
	BlockAt(ctx context.Context, number int64) (Block, error)
	// Read returns the block of that number with every transfer to an address that ours knows, pinned to the block's hash.
	Read(ctx context.Context, number int64, ours func(Address) bool) (Block, []Transfer, error)
	// Confirm reads a transfer again, from another node than before when it is large. It returns an error unless the
	// transfer stands in its block and its block in the chain.
	Confirm(ctx context.Context, t Transfer, large bool) error
}

// Journal takes in what a watcher sees.
type Journal interface {
	Arrived(ctx context.Context, payTo string, r payment.Receipt) error
}

// Place is an address that an attempt was given.
type Place struct {
	Number int64
	PayTo  string
}

// Row is a block that was looked at.
type Row struct {
	Block

	Scanned bool // everything in it was told
}

// Store remembers what was scanned. Every method is one transaction.
type Store interface {
	// Places returns the addresses given out at a channel after a number, in order of their numbers.
	Places(ctx context.Context, channel string, after int64, limit int) ([]Place, error)
	// Tip returns the newest block that was begun and not dropped, and false when there is none.
	Tip(ctx context.Context, channel string) (Row, bool, error)
	// RowAt returns the block of that number that was begun and not dropped, and false when there is none.
	RowAt(ctx context.Context, channel string, number int64) (Row, bool, error)
	// BeginBlock keeps a block and what it holds for us. It returns ErrOutOfLine unless the block is the first, or follows
	// the newest one. Begun again, it changes nothing.
	BeginBlock(ctx context.Context, channel string, b Block, found []Transfer, now time.Time) error
	// EndBlock notes that everything in the block was told.
	EndBlock(ctx context.Context, channel, hash string) error
	// DropBlock notes that the newest block is not in the chain any more. It returns ErrOutOfLine when it is not the newest.
	DropBlock(ctx context.Context, channel, hash string) error
	// Open returns the transfers of blocks in the chain that are not credited yet, oldest first.
	Open(ctx context.Context, channel string, limit int) ([]Transfer, error)
	// At returns the transfers to one address in blocks that are in the chain.
	At(ctx context.Context, channel, payTo string) ([]Transfer, error)
	// Dropped returns the transfers to one address in blocks that were replaced.
	Dropped(ctx context.Context, channel, payTo string) ([]Transfer, error)
	// Credited notes that a transfer was told as credited.
	Credited(ctx context.Context, channel, reference string) error
	// Gone returns the transfers of dropped blocks that were not told as orphaned, or were told as something else since.
	Gone(ctx context.Context, channel string, limit int) ([]Transfer, error)
	// Orphaned notes that a transfer was told as orphaned.
	Orphaned(ctx context.Context, channel, reference string) error
	// ToldTo notes the newest block that cannot be taken back any more and of which everything was told.
	ToldTo(ctx context.Context, channel string, number int64) error
	// Halt keeps why something on a chain does not go on; an empty reason lets it go on.
	Halt(ctx context.Context, name, reason string, now time.Time) error
	// Halted returns why something on a chain does not go on, and nothing when it does.
	Halted(ctx context.Context, name string) (string, error)
}
