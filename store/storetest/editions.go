package storetest

import (
	"testing"

	"github.com/causeway-pay/causeway/store"
)

// RunEditions demands another edition of keys and merchants after every change of one, also by a hand in the database, and
// none for what is only read.
func RunEditions(t *testing.T, open func(t *testing.T) (*store.DB, Dying), damage func(db *store.DB, statement string) error) {
	db, _ := open(t)
	last := int64(0)
	for _, statement := range []string{
		`INSERT INTO merchants (id, name, tier, currency, created_at) VALUES ('m_9', 'Nine', '', 'EUR', 1)`,
		`INSERT INTO merchants (id, name, tier, currency, created_at) VALUES ('m_9', 'Nine', 'gold', 'EUR', 1)
			ON CONFLICT (id) DO UPDATE SET tier = excluded.tier`,
		`UPDATE merchants SET tier = '' WHERE id = 'm_9'`,
		`DELETE FROM merchants WHERE id = 'm_9'`,
		`INSERT INTO api_keys (id, kind, merchant, mode, scopes, hash, created_at, revoked_at) VALUES ('key_9', 'sk', 'm_9', 'test', '[]', '', 1, 0)`,
		`UPDATE api_keys SET revoked_at = 1 WHERE id = 'key_9'`,
		`DELETE FROM api_keys WHERE id = 'key_9'`,
	} {
		before, err := db.AccessEdition(t.Context())
		if err != nil || before == 0 || last != 0 && before != last {
			t.Fatalf("edition %d after %d, without a change, %v", before, last, err)
		}
		if err := damage(db, statement); err != nil {
			t.Fatal(err)
		}
		if last, err = db.AccessEdition(t.Context()); err != nil || last == before {
			t.Errorf("edition %d before and %d after it, %v: %s", before, last, err, statement)
		}
	}
}
