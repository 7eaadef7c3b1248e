package webhook

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// waits is how long after a failure the next try is made, up to a tenth longer so that what failed together does not
// come back together. The first try is made at once; the failure of the last one ends the delivery.
var waits = [...]time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour,
	20 * time.Hour, 24 * time.Hour,
}

// logMax is how many tries of a delivery are remembered. Only one that was sent anew by hand has more than ten.
const logMax = 100

// after returns the delivery as a try leaves it.
func (d Delivery) after(t Try) Delivery {
	d.Tries = t.No
	d.Log = append(slices.Clone(d.Log), t)
	d.Log = d.Log[max(0, len(d.Log)-logMax):]
	switch {
	case t.accepted():
		d.State = Delivered
	case t.gone() || t.No > len(waits):
		d.State = Failed
	default:
		wait := waits[t.No-1]
		d.NextAt = t.At.Add(t.Took + wait + rand.N(wait/10))
	}
	return d
}

func (t Try) accepted() bool {
	return t.Status >= 200 && t.Status <= 299
}

// gone tells whether the endpoint asked never to be sent anything again.
func (t Try) gone() bool {
	return t.Status == http.StatusGone
}
