package gateway

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// ObstacleCode names what keeps a way to pay from being taken.
type ObstacleCode string

// The obstacles, the ones that are nearest to fitting first.
const (
	NotNow         ObstacleCode = "unavailable_now" // what could carry it is down, full or was tried before
	PayoutsStopped ObstacleCode = "payouts_stopped" // by us, until people have looked
	NoRate         ObstacleCode = "no_rate"
	AmountTooSmall ObstacleCode = "amount_too_small"
	AmountTooLarge ObstacleCode = "amount_too_large"
	NoCaptureLater ObstacleCode = "capture_not_supported"
	OrderRefused   ObstacleCode = "order_refused" // by the rail, for what is written in the order
	OtherCountry   ObstacleCode = "country_not_supported"
	OtherCurrency  ObstacleCode = "currency_not_supported"
)

var obstacleCodes = []ObstacleCode{
	NotNow, PayoutsStopped, NoRate, AmountTooSmall, AmountTooLarge, NoCaptureLater, OrderRefused, OtherCountry, OtherCurrency,
}

// Obstacle is what keeps a way to pay from being taken. The zero Obstacle is none.
type Obstacle struct {
	Code  ObstacleCode
	Limit money.Amount // of an amount that is too small or too large
	Note  string       // for the merchant and for support
}

// obstacleTexts holds English, which is the default, and Chinese. They are for payers too, and name no channel.
var obstacleTexts = map[ObstacleCode][2]string{
	NotNow:         {"Not available right now. Please choose another way or try again later.", "暂不可用，请选择其他方式或稍后再试。"},
	PayoutsStopped: {"Payouts wait at the moment. One that is made now goes out by itself if they go on while its price holds.", "付款目前暂停。若在价格保留期内恢复，现在提交的付款将自动汇出。"},
	NoRate:         {"Not available right now, as there is no current exchange rate.", "暂无当前汇率，因此不可用。"},
	AmountTooSmall: {"Only for amounts of %s or more.", "仅限 %s 及以上的金额。"},
	AmountTooLarge: {"Only for amounts up to %s.", "仅限不超过 %s 的金额。"},
	NoCaptureLater: {"The amount is only reserved at first, which is not possible this way.", "该订单需先预留款项，此方式不支持。"},
	OrderRefused:   {"Not possible for this order.", "不适用于此订单。"},
	OtherCountry:   {"Does not reach this country.", "不支持该国家或地区。"},
	OtherCurrency:  {"Not possible in this currency.", "不支持该币种。"},
}

// Text returns what a person reads about o, in English unless lang has a text of its own. The limit is written by write.
func (o Obstacle) Text(lang string, write func(money.Amount) string) string {
	text := obstacleTexts[o.Code][0]
	if lang == "zh" {
		text = obstacleTexts[o.Code][1]
	}
	if o.Limit.Asset().IsZero() {
		return text
	}
	return fmt.Sprintf(text, write(o.Limit))
}

// nearest is what stands in the way at the channel that comes closest to carrying the payment, of those with its method. There
// must be one.
func (g *Gateway) nearest(p payment.Payment) Obstacle {
	var ways [][]Obstacle
	for _, c := range g.channels {
		if c.foreign(p) == nil {
			ways = append(ways, c.obstacles(p))
		}
	}
	fewest := slices.MinFunc(ways, func(a, b []Obstacle) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), slices.CompareFunc(a, b, Obstacle.compare))
	})
	if len(fewest) == 0 {
		return Obstacle{Code: NotNow}
	}
	return fewest[0]
}

// compare puts first what the payer is nearest to getting over.
func (o Obstacle) compare(other Obstacle) int {
	if by := cmp.Compare(slices.Index(obstacleCodes, o.Code), slices.Index(obstacleCodes, other.Code)); by != 0 {
		return by
	}
	switch o.Code {
	case AmountTooSmall:
		return o.Limit.Cmp(other.Limit)
	case AmountTooLarge:
		return other.Limit.Cmp(o.Limit)
	}
	return 0
}
