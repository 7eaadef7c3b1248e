package ledger_test

import (
	"encoding/hex"
	"testing"

	"github.com/causeway-pay/causeway/ledger"
	"pgregory.net/rapid"
)

// The encoding is sealed: a chain that was exported once must verify for ever.
func TestHashIsSealed(t *testing.T) {
	sale := saleA()
	sale.ID = "att_1:captured:cap_1"
	first := ledger.Hash([32]byte{}, sale.Entry())
	second := ledger.Hash(first, simple())
	for name, row := range map[string]struct {
		got  [32]byte
		want string
	}{
		"the first entry":  {first, "e54dae482e9fc528e290118fc68a6ef05ff786bc8007513beace2aa6178acb10"},
		"the second entry": {second, "edd8a19679ef3de0f8a4366a99e218351b76adc813651ffc78a3830406db73a9"},
	} {
		if got := hex.EncodeToString(row.got[:]); got != row.want {
			t.Errorf("%s has the hash %s, want %s", name, got, row.want)
		}
	}
}

func TestHashIgnoresTheOrderOfPostings(t *testing.T) {
	e := saleA().Entry()
	want := ledger.Hash([32]byte{}, e)
	rapid.Check(t, func(t *rapid.T) {
		shuffled := ledger.Entry{ID: e.ID, Postings: rapid.Permutation(e.Postings).Draw(t, "postings")}
		if ledger.Hash([32]byte{}, shuffled) != want {
			t.Fatalf("another order has another hash:\n%s", shuffled)
		}
	})
}

func TestHashSeesEveryChange(t *testing.T) {
	base := ledger.Hash([32]byte{}, simple())
	for name, change := range map[string]func(*ledger.Entry){
		"cause":   func(e *ledger.Entry) { e.ID = "cap_2:settled" },
		"account": func(e *ledger.Entry) { e.Postings[0].Account = ledger.MerchantPending("m_2") },
		"amount":  func(e *ledger.Entry) { e.Postings[0].Amount = usd("107.79") },
		"sign":    func(e *ledger.Entry) { e.Postings[0].Amount = e.Postings[0].Amount.Neg() },
		"asset":   func(e *ledger.Entry) { e.Postings[0].Amount = eur("107.78") },
		"missing": func(e *ledger.Entry) { e.Postings = e.Postings[:1] },
		"twice":   func(e *ledger.Entry) { e.Postings = append(e.Postings, e.Postings[0]) },
		"moved":   func(e *ledger.Entry) { e.ID, e.Postings[0].Account = e.ID+"m", "erchant:m_1:pending" },
	} {
		e := simple()
		change(&e)
		if ledger.Hash([32]byte{}, e) == base {
			t.Errorf("%s: the change does not show in the hash", name)
		}
	}
	if ledger.Hash([32]byte{1}, simple()) == base {
		t.Error("the entry before does not show in the hash")
	}
	padded := ledger.Settlement{ID: "cap_1:settled", Merchant: "m_1", Amount: houseUSD("107.78000")}
	if ledger.Hash([32]byte{}, padded.Entry()) != base {
		t.Error("the same amount with more zeros has another hash")
	}
}
