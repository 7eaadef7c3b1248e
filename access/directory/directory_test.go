package directory_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/access/directory"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/store"
)

// books are a store in memory that counts what it is asked, and may be slow or silent.
type books struct {
	edition  atomic.Int64
	editions atomic.Int64 // how often the edition was asked for
	looked   atomic.Int64 // how often anything else was
	tier     atomic.Pointer[string]
	silent   atomic.Bool   // the edition is not told
	slow     time.Duration // before the edition is told
}

func newBooks() *books {
	b := &books{}
	b.edition.Store(1)
	b.rename("gold")
	return b
}

func (b *books) rename(tier string) { b.tier.Store(&tier) }

func (b *books) AccessEdition(ctx context.Context) (int64, error) {
	b.editions.Add(1)
	edition := b.edition.Load()
	if b.silent.Load() {
		<-ctx.Done()
		return 0, payment.ErrUnavailable
	}
	select {
	case <-time.After(b.slow):
		return edition, nil
	case <-ctx.Done():
		return 0, payment.ErrUnavailable
	}
}

func (b *books) APIKey(_ context.Context, id string) (access.Key, error) {
	b.looked.Add(1)
	if id == "key_none" {
		return access.Key{}, payment.ErrNotFound
	}
	return access.Key{ID: id}, nil
}

func (b *books) Merchant(_ context.Context, id string) (access.Merchant, error) {
	b.looked.Add(1)
	return access.Merchant{ID: id, Tier: *b.tier.Load()}, nil
}

func wantTier(t *testing.T, d *directory.Directory, want string) {
	t.Helper()
	if m, err := d.Merchant(t.Context(), "m_1"); err != nil || m.Tier != want {
		t.Errorf("%s: the tier is %q, not %q, %v", time.Now().Format("05.000"), m.Tier, want, err)
	}
}

// TestWhatDoesNotChangeIsLookedUpOnce asks for ten seconds, a thousand times a second.
func TestWhatDoesNotChangeIsLookedUpOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBooks()
		d := directory.New(b, time.Now)
		for range 10_000 {
			wantTier(t, d, "gold")
			if _, err := d.Key(t.Context(), "key_1"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond)
		}
		if looked, editions := b.looked.Load(), b.editions.Load(); looked != 2 || editions != 25 {
			t.Errorf("%d were looked up, and the edition %d times", looked, editions)
		}
	})
}

// TestAChangeTakesEffectWithinASecond changes the tier at every moment between two questions for the edition, with an answer
// that takes long.
func TestAChangeTakesEffectWithinASecond(t *testing.T) {
	for at := range 20 {
		synctest.Test(t, func(t *testing.T) {
			b := newBooks()
			b.slow = 600 * time.Millisecond
			d := directory.New(b, time.Now)
			wantTier(t, d, "gold")
			var asking sync.WaitGroup
			defer asking.Wait()
			changed := make(chan time.Time, 1)
			asking.Go(func() {
				time.Sleep(time.Duration(at) * 50 * time.Millisecond)
				b.rename("silver")
				b.edition.Add(1)
				changed <- time.Now()
			})
			var since time.Time
			for range 300 {
				asking.Go(func() { _, _ = d.Merchant(t.Context(), "m_1") })
				time.Sleep(10 * time.Millisecond)
				select {
				case since = <-changed:
				default:
				}
				if !since.IsZero() && time.Since(since) >= time.Second {
					wantTier(t, d, "silver")
				}
			}
		})
	}
}

// TestWhoCannotKnowAsks: a directory that is told no edition for a second goes by nothing that it remembers.
func TestWhoCannotKnowAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBooks()
		d := directory.New(b, time.Now)
		wantTier(t, d, "gold")
		b.silent.Store(true)
		b.rename("silver")
		b.edition.Add(1)
		time.Sleep(time.Second)
		wantTier(t, d, "silver")
		b.rename("bronze")
		b.edition.Add(1)
		wantTier(t, d, "bronze")

		b.silent.Store(false)
		wantTier(t, d, "bronze")
		before := b.looked.Load()
		for range 100 {
			wantTier(t, d, "bronze")
		}
		if looked := b.looked.Load() - before; looked != 0 {
			t.Errorf("%d were looked up by one who knows again", looked)
		}
	})
}

// TestOneAsksForAll has a hundred need the edition at once, and the one whose request it was that asked for it hang up. The
// others wait only when what was known before is a second old.
func TestOneAsksForAll(t *testing.T) {
	for _, row := range []struct{ age, waits time.Duration }{{time.Hour, 100 * time.Millisecond}, {500 * time.Millisecond, 0}} {
		synctest.Test(t, func(t *testing.T) {
			b := newBooks()
			d := directory.New(b, time.Now)
			wantTier(t, d, "gold")
			time.Sleep(row.age)
			b.slow = 100 * time.Millisecond
			gone, hangUp := context.WithCancel(t.Context())
			var all sync.WaitGroup
			all.Go(func() { _, _ = d.Merchant(gone, "m_1") })
			synctest.Wait()
			hangUp()
			began := time.Now()
			for range 100 {
				all.Go(func() {
					wantTier(t, d, "gold")
					if waited := time.Since(began); waited != row.waits {
						t.Errorf("an edition of %s ago: waited for %s", row.age, waited)
					}
				})
			}
			all.Wait()
			if looked, editions := b.looked.Load(), b.editions.Load(); looked != 1 || editions != 2 {
				t.Errorf("%d were looked up, and the edition %d times", looked, editions)
			}
		})
	}
}

// TestAClockThatIsSetBackIsNotBelieved: what would be known for an hour then is not known.
func TestAClockThatIsSetBackIsNotBelieved(t *testing.T) {
	b := newBooks()
	at := time.Now()
	d := directory.New(b, func() time.Time { return at })
	wantTier(t, d, "gold")
	at = at.Add(-time.Hour)
	b.rename("silver")
	b.edition.Add(1)
	wantTier(t, d, "silver")
}

// TestMemoryIsBounded shows more keys than are remembered. The newest is, and so are as many as there is room for.
func TestMemoryIsBounded(t *testing.T) {
	const shown, most = 10_100, 10_000
	b := newBooks()
	d := directory.New(b, time.Now)
	name := func(n int) string { return fmt.Sprint("key_", n) }
	for n := range shown {
		if _, err := d.Key(t.Context(), name(n)); err != nil {
			t.Fatal(err)
		}
		if _, ok := d.RememberedKey(name(n)); !ok {
			t.Fatalf("key %d was forgotten at once", n)
		}
	}
	kept := 0
	for n := range shown {
		if _, ok := d.RememberedKey(name(n)); ok {
			kept++
		}
	}
	if kept != most {
		t.Errorf("%d are remembered", kept)
	}
	if _, err := d.Key(t.Context(), "key_none"); !errors.Is(err, payment.ErrNotFound) {
		t.Errorf("a key that is none: %v", err)
	}
	if _, ok := d.RememberedKey("key_none"); ok {
		t.Error("a key that is none is remembered")
	}
}

// TestAKeyThatIsRevokedElsewhereEnds has one gateway revoke a key that another remembers.
func TestAKeyThatIsRevokedElsewhereEnds(t *testing.T) {
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "books.db")
	var gateways [2]*store.DB
	for i := range gateways {
		db, err := store.Open(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		gateways[i] = db
	}
	at := time.Now()
	d := directory.New(gateways[0], func() time.Time { return at })
	revoked := func() bool {
		k, err := d.Key(t.Context(), "key_1")
		if err != nil {
			t.Fatal(err)
		}
		return !k.RevokedAt.IsZero()
	}
	if err := gateways[1].SaveAPIKey(t.Context(), access.Key{ID: "key_1", Kind: "sk", Merchant: "m_1", CreatedAt: at}); err != nil {
		t.Fatal(err)
	}
	if revoked() {
		t.Fatal("a new key is revoked")
	}
	if err := gateways[1].RevokeAPIKey(t.Context(), "key_1", at); err != nil {
		t.Fatal(err)
	}
	at = at.Add(time.Second)
	if !revoked() {
		t.Error("a second later it is in force")
	}
	if once, ok := d.RememberedKey("key_1"); !ok || once.RevokedAt.IsZero() {
		t.Errorf("it is remembered as %+v", once)
	}

	if err := gateways[0].Close(); err != nil { // it does not answer any more
		t.Fatal(err)
	}
	if _, err := d.Key(t.Context(), "key_1"); err != nil {
		t.Errorf("within the second in which it was sure: %v", err)
	}
	at = at.Add(time.Second)
	if k, err := d.Key(t.Context(), "key_1"); err == nil {
		t.Errorf("after it, from memory: %+v", k)
	}
}
