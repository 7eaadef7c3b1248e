package payment_test

import (
	"testing"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// TestWhatVanishedForUsAndNotForTheChannelEndsWithPeople: a transfer was credited and taken back, and the channel, asked
// whether anything could still come, keeps on saying that it shows something. No receipt will settle that.
func TestWhatVanishedForUsAndNotForTheChannelEndsWithPeople(t *testing.T) {
	for name, canceled := range map[string]bool{"expired": false, "canceled": true} {
		credited := transfer(1, usdc("55.275"), payment.ReceiptCredited)
		taken := credited
		taken.State = payment.ReceiptOrphaned
		p, _ := books(t, told(t), credited, taken)
		now := p.ExpiresAt
		if canceled {
			var err error
			if p, err = p.Cancel(); err != nil {
				t.Fatal(err)
			}
			now = start.Add(3 * time.Minute)
		}
		asked := 0
		for ; p.Next(now).Do == payment.Fence; asked++ {
			if asked > payment.ChecksMax {
				t.Fatalf("%s: asked %d times", name, asked)
			}
			p = learn(t, p, payment.News{
				Ref: "att_1", By: payment.ByCancel, At: now, AskedAt: now,
				Result: payment.Result{Outcome: payment.ActionRequired, Reason: payment.AwaitingPayer},
			})
			if due := p.Due(); !due.After(now) || p.Attempts[0].Outcome != payment.Pending {
				t.Fatalf("%s: asked %d times, %s and due %s later", name, asked+1, p.Attempts[0].Outcome, due.Sub(now))
			}
			now = p.Due()
		}
		if next := p.Next(now); asked < 2 || next.Do != payment.Escalate {
			t.Errorf("%s: after %d questions %s", name, asked, next.Do)
		}
	}
}

// TestAnOldAnswerSaysNothingOfWhatVanished: that the payer has to act was true when they were told where to pay. Late, it
// is no answer to whether anything could still come.
func TestAnOldAnswerSaysNothingOfWhatVanished(t *testing.T) {
	credited := transfer(1, usdc("55.275"), payment.ReceiptCredited)
	taken := credited
	taken.State = payment.ReceiptOrphaned
	before, _ := books(t, told(t), credited, taken)
	for _, by := range []payment.Evidence{payment.ByAnswer, payment.ByReplay, payment.ByCallback} {
		after := learn(t, before, payment.News{
			Ref: "att_1", By: by, At: start.Add(3 * time.Minute),
			Result: payment.Result{Outcome: payment.ActionRequired, Reason: payment.AwaitingPayer},
		})
		if a, b := after.Attempts[0], before.Attempts[0]; a.Checks != b.Checks || !a.CheckAt.Equal(b.CheckAt) || a.Outcome != b.Outcome {
			t.Errorf("%s: %s, asked at %s", by, a.Outcome, a.CheckAt)
		}
	}
}

// TestALateAnswerDoesNotHurryWhatVanished: until the payment expires more may come, and nobody is asked about it. An answer that
// comes late from before the transfer was seen brings that no nearer.
func TestALateAnswerDoesNotHurryWhatVanished(t *testing.T) {
	credited := transfer(1, usdc("55.275"), payment.ReceiptCredited)
	taken := credited
	taken.State = payment.ReceiptOrphaned
	p, _ := books(t, told(t), credited, taken)
	p = learn(t, p, payment.News{
		Ref: "att_1", By: payment.ByCancel, At: start.Add(3 * time.Minute), AskedAt: start.Add(30 * time.Second),
		Result: payment.Result{Outcome: payment.ActionRequired, Reason: payment.AwaitingPayer},
	})
	if due := p.Due(); !due.Equal(p.ExpiresAt) || p.Next(due).Do != payment.Fence {
		t.Errorf("due %s before it expires, and then %s", p.ExpiresAt.Sub(due), p.Next(due).Do)
	}
}
