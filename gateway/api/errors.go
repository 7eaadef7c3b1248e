package api

import (
	"errors"
	"net/http"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/gateway/limit"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/reconcile"
	"github.com/causeway-pay/causeway/webhook"
)

// Errors of the HTTP edge itself.
var (
	errNoPath        = errors.New("no such path")
	errNoMethod      = errors.New("no such method here")
	errBadAddress    = errors.New("address is malformed")
	errInternal      = errors.New("internal error")
	errTooLarge      = errors.New("body is too large")
	errBadJSON       = errors.New("body is not one JSON document")
	errMediaType     = errors.New("media type is not supported")
	errRawPAN        = errors.New("a card number must not be sent here")
	errInvalid       = errors.New("request is not valid")
	errNoKey         = errors.New("no API key")
	errNoScope       = errors.New("the key may not do this")
	errNoIdempotency = errors.New("Idempotency-Key is missing or malformed")
)

// invalid is a request with faults that the schema does not know of.
type invalid struct{ faults []Violation }

func (e *invalid) Error() string { return errInvalid.Error() }

func (e *invalid) Unwrap() error { return errInvalid }

func faultsIn(err error) []Violation {
	var e *invalid
	if errors.As(err, &e) {
		return e.faults
	}
	return nil
}

// row is what an error means over HTTP.
type row struct {
	err        error
	status     int
	code       string
	cause      payment.Cause
	retryAfter string // seconds; empty: repeating does not help
	actions    []string
	en, zh     payment.Text
}

// table maps errors to HTTP, the first that matches. Nothing else in this package chooses a status for an error.
var table = []row{
	{
		errNoPath, http.StatusNotFound, "not_found", payment.CauseRequest, "", nil,
		payment.Text{Title: "Not found", Detail: "There is no such path."},
		payment.Text{Title: "未找到", Detail: "没有这个路径。"},
	},
	{
		errNoMethod, http.StatusMethodNotAllowed, "method_not_allowed", payment.CauseRequest, "", nil,
		payment.Text{Title: "Method not allowed", Detail: "This path does not take that method; Allow lists those it takes."},
		payment.Text{Title: "不支持的方法", Detail: "该路径不支持此方法，支持的方法见 Allow。"},
	},
	{
		errBadAddress, http.StatusBadRequest, "bad_address", payment.CauseRequest, "", nil,
		payment.Text{Title: "Address not valid", Detail: "Path and query must be UTF-8 without control characters, each parameter given once."},
		payment.Text{Title: "地址无效", Detail: "路径和查询参数必须是不含控制字符的 UTF-8，且每个参数只能出现一次。"},
	},
	{
		payment.ErrNotFound, http.StatusNotFound, "not_found", payment.CauseRequest, "", nil,
		payment.Text{Title: "Not found", Detail: "There is no such object."},
		payment.Text{Title: "未找到", Detail: "没有这个对象。"},
	},
	{
		gateway.ErrNoChannel, http.StatusNotFound, "not_found", payment.CauseRequest, "", nil,
		payment.Text{Title: "Not found", Detail: "There is no such channel."},
		payment.Text{Title: "未找到", Detail: "没有这个渠道。"},
	},
	{
		errTooLarge, http.StatusRequestEntityTooLarge, "body_too_large", payment.CauseRequest, "", nil,
		payment.Text{Title: "Request too large", Detail: "A request body has at most 64 KiB."},
		payment.Text{Title: "请求过大", Detail: "请求正文最多 64 KiB。"},
	},
	{
		errBadJSON, http.StatusBadRequest, "bad_json", payment.CauseRequest, "", nil,
		payment.Text{Title: "Not valid JSON", Detail: "The body must be one JSON document in UTF-8 without repeated members or U+0000, at most 16 levels deep."},
		payment.Text{Title: "JSON 无效", Detail: "请求正文必须是一个 UTF-8 编码的 JSON 文档，成员不得重复，不得含 U+0000，嵌套不超过 16 层。"},
	},
	{
		errMediaType, http.StatusUnsupportedMediaType, "media_type", payment.CauseRequest, "", nil,
		payment.Text{Title: "Media type not supported", Detail: "Send and accept application/json."},
		payment.Text{Title: "不支持的媒体类型", Detail: "请使用 application/json。"},
	},
	{
		errRawPAN, http.StatusBadRequest, "raw_pan_forbidden", payment.CauseRequest, "", nil,
		payment.Text{Title: "Card number refused", Detail: "A field holds what looks like a card number. Send a token instead; nothing was kept."},
		payment.Text{Title: "拒收卡号", Detail: "请求中疑似含有卡号。请改用令牌；我们没有保存任何内容。"},
	},
	{
		errInvalid, http.StatusUnprocessableEntity, "invalid_request", payment.CauseRequest, "", nil,
		payment.Text{Title: "Request not valid", Detail: "The request has faults; each is listed in errors. Nothing was done."},
		payment.Text{Title: "请求无效", Detail: "请求有误，详见 errors。未执行任何操作。"},
	},
	{
		errNoKey, http.StatusUnauthorized, "unauthorized", payment.CauseRequest, "", nil,
		payment.Text{Title: "Not authenticated", Detail: "Send a valid API key as a bearer token."},
		payment.Text{Title: "未认证", Detail: "请以 Bearer 令牌发送有效的 API 密钥。"},
	},
	{
		errNoScope, http.StatusForbidden, "forbidden", payment.CauseRequest, "", nil,
		payment.Text{Title: "Not allowed", Detail: "This key does not have the scope for this."},
		payment.Text{Title: "无权限", Detail: "此密钥没有所需的权限。"},
	},
	{
		errNoIdempotency, http.StatusBadRequest, "idempotency_key_required", payment.CauseRequest, "", nil,
		payment.Text{Title: "Idempotency-Key needed", Detail: "Send an Idempotency-Key of 1 to 255 visible ASCII characters, so that the request can be repeated safely."},
		payment.Text{Title: "缺少 Idempotency-Key", Detail: "请发送 1 至 255 个可见 ASCII 字符的 Idempotency-Key，以便安全地重试。"},
	},
	{
		gateway.ErrKeyReused, http.StatusUnprocessableEntity, "idempotency_key_reused", payment.CauseRequest, "", nil,
		payment.Text{Title: "Key used before", Detail: "This Idempotency-Key was used for another request. Use a new one."},
		payment.Text{Title: "密钥已被使用", Detail: "该 Idempotency-Key 已用于其他请求，请换一个新的。"},
	},
	{
		gateway.ErrKeyInFlight, http.StatusConflict, "request_in_flight", payment.CauseNetwork, "1",
		[]string{payment.ActWait},
		payment.Text{Title: "Still under way", Detail: "The first request with this Idempotency-Key has no outcome yet. Repeat it in a moment."},
		payment.Text{Title: "处理中", Detail: "使用该 Idempotency-Key 的首个请求尚无结果，请稍后重试。"},
	},
	{
		gateway.ErrNoRoute, http.StatusUnprocessableEntity, "no_route", payment.CauseChannel, "",
		[]string{payment.ActOtherMethod},
		payment.Text{Title: "No channel serves this", Detail: "No payment channel takes this method, currency and amount. Nothing was done."},
		payment.Text{Title: "没有可用渠道", Detail: "没有支付渠道支持该方式、币种和金额。未执行任何操作。"},
	},
	{
		gateway.ErrQuoteMismatch, http.StatusUnprocessableEntity, "quote_mismatch", payment.CauseRequest, "",
		[]string{payment.ActNewQuote},
		payment.Text{Title: "Quote does not fit", Detail: "The quote is for another amount or currency than the payment or payout, or fixes the other side."},
		payment.Text{Title: "报价不符", Detail: "报价的金额、币种或固定方与支付或付款不一致。"},
	},
	{
		gateway.ErrQuoteMethod, http.StatusUnprocessableEntity, "quote_mismatch", payment.CauseRequest, "",
		[]string{payment.ActNewQuote},
		payment.Text{Title: "Quote does not fit", Detail: "The quote is for another method than the payment or payout, or for none."},
		payment.Text{Title: "报价不符", Detail: "报价的支付方式与支付或付款不一致，或报价未指定方式。"},
	},
	{
		gateway.ErrQuoteCorridor, http.StatusUnprocessableEntity, "quote_mismatch", payment.CauseRequest, "",
		[]string{payment.ActNewQuote},
		payment.Text{Title: "Quote does not fit", Detail: "The quote is for another country than that of the beneficiary."},
		payment.Text{Title: "报价不符", Detail: "报价的国家与收款人所在国家不一致。"},
	},
	{
		gateway.ErrQuoteBeneficiary, http.StatusUnprocessableEntity, "quote_mismatch", payment.CauseRequest, "",
		[]string{payment.ActNewQuote},
		payment.Text{Title: "Quote does not fit", Detail: "The quote is for another beneficiary."},
		payment.Text{Title: "报价不符", Detail: "报价是为另一收款人作出的。"},
	},
	{
		gateway.ErrQuoteUnfit, http.StatusUnprocessableEntity, "quote_not_payable", payment.CauseRequest, "",
		[]string{payment.ActNewQuote},
		payment.Text{Title: "Quote cannot be paid", Detail: "Only a firm quote can be used: one for collecting for a payment, one for sending for a payout."},
		payment.Text{Title: "报价不可支付", Detail: "只能使用确定报价：支付用收款报价，付款用汇出报价。"},
	},
	{
		payment.ErrQuoteUsed, http.StatusConflict, "quote_expired", payment.CauseClient, "",
		[]string{payment.ActNewQuote},
		payment.Text{Title: "Quote has ended", Detail: "The quote was used or has expired. Get a new one."},
		payment.Text{Title: "报价已失效", Detail: "报价已被使用或已过期，请获取新报价。"},
	},
	{
		fx.ErrTooSmall, http.StatusUnprocessableEntity, "amount_too_small", payment.CauseRequest, "", nil,
		payment.Text{Title: "Amount too small", Detail: "Nothing would be left after conversion and fees."},
		payment.Text{Title: "金额过小", Detail: "兑换和手续费后没有余额。"},
	},
	{
		fx.ErrLimit, http.StatusUnprocessableEntity, "amount_outside_limits", payment.CauseBalance, "", nil,
		payment.Text{Title: "Amount outside the limits", Detail: "The amount is below the least or above the most that may be priced."},
		payment.Text{Title: "金额超出限制", Detail: "金额低于下限或高于上限。"},
	},
	{
		fx.ErrUnavailable, http.StatusServiceUnavailable, "fx_unavailable", payment.CauseChannel, "10",
		[]string{payment.ActRetry},
		payment.Text{Title: "No exchange rate", Detail: "There is no rate that may be used for this pair right now. Nothing was done."},
		payment.Text{Title: "暂无汇率", Detail: "该货币对目前没有可用汇率。未执行任何操作。"},
	},
	{
		payment.ErrInsufficient, http.StatusConflict, "balance_insufficient", payment.CauseBalance, "", nil,
		payment.Text{Title: "Balance too low", Detail: "What is pending of this payment and what is available do not cover the refund. Nothing was done."},
		payment.Text{Title: "余额不足", Detail: "该笔支付的待结算金额与可用余额不足以退款。未执行任何操作。"},
	},
	{
		payment.ErrAmountExceeds, http.StatusUnprocessableEntity, "amount_exceeds", payment.CauseRequest, "", nil,
		payment.Text{Title: "Amount too high", Detail: "The amount is more than what is left of the payment. Nothing was done."},
		payment.Text{Title: "金额过高", Detail: "金额超出该笔支付的剩余金额。未执行任何操作。"},
	},
	{
		payment.ErrAmountAsset, http.StatusUnprocessableEntity, "currency_mismatch", payment.CauseRequest, "", nil,
		payment.Text{Title: "Wrong currency", Detail: "The amount must be in the currency of the payment."},
		payment.Text{Title: "币种不符", Detail: "金额必须使用支付的币种。"},
	},
	{
		payment.ErrNotCapturable, http.StatusConflict, "not_capturable", payment.CauseRequest, "", nil,
		payment.Text{Title: "Nothing to capture", Detail: "The payment has no authorization to capture."},
		payment.Text{Title: "无可请款", Detail: "该笔支付没有可请款的预授权。"},
	},
	{
		payment.ErrNotRefundable, http.StatusConflict, "not_refundable", payment.CauseRequest, "", nil,
		payment.Text{Title: "Nothing to refund", Detail: "The payment has no captured money."},
		payment.Text{Title: "无可退款", Detail: "该笔支付没有已扣款金额。"},
	},
	{
		payment.ErrNotCancelable, http.StatusConflict, "not_cancelable", payment.CauseRequest, "", nil,
		payment.Text{Title: "Too late to cancel", Detail: "The payment was captured, is closed, or is held by a channel that cannot release it. Refund or capture it instead."},
		payment.Text{Title: "无法取消", Detail: "该笔支付已扣款、已关闭，或渠道无法释放其预授权，请改用退款或请款。"},
	},
	{
		payment.ErrNotInReview, http.StatusConflict, "not_in_review", payment.CauseRequest, "", nil,
		payment.Text{Title: "Not in review", Detail: "Nobody has to decide on this. Nothing was done."},
		payment.Text{Title: "无需人工处理", Detail: "该对象无需人工决定。未执行任何操作。"},
	},
	{
		payment.ErrNotDecidable, http.StatusConflict, "not_decidable", payment.CauseRequest, "", nil,
		payment.Text{Title: "Outcome not possible", Detail: "This cannot have that outcome. Nothing was done."},
		payment.Text{Title: "结果不适用", Detail: "该对象不能有此结果。未执行任何操作。"},
	},
	{
		reconcile.ErrNoBreak, http.StatusNotFound, "not_found", payment.CauseRequest, "", nil,
		payment.Text{Title: "Not found", Detail: "There is no such break."},
		payment.Text{Title: "未找到", Detail: "没有这个对账差异。"},
	},
	{
		reconcile.ErrNoChannel, http.StatusNotFound, "not_found", payment.CauseRequest, "", nil,
		payment.Text{Title: "Not found", Detail: "There is no such channel with statements."},
		payment.Text{Title: "未找到", Detail: "该渠道不存在，或不提供对账单。"},
	},
	{
		reconcile.ErrNoStatement, http.StatusNotFound, "no_statement", payment.CauseRequest, "", nil,
		payment.Text{Title: "No statement", Detail: "The channel has no statement of that day."},
		payment.Text{Title: "没有对账单", Detail: "该渠道没有当日的对账单。"},
	},
	{
		reconcile.ErrTooMany, http.StatusConflict, "too_many_breaks", payment.CauseRequest, "", nil,
		payment.Text{Title: "Too many breaks", Detail: "The statement and the books have too little in common to be compared. No break was kept."},
		payment.Text{Title: "差异过多", Detail: "对账单与账簿相差过大，无法比较。未保存任何差异。"},
	},
	{
		reconcile.ErrBreakClosed, http.StatusConflict, "break_closed", payment.CauseRequest, "", nil,
		payment.Text{Title: "Break is closed", Detail: "Nobody has to decide on this. Nothing was done."},
		payment.Text{Title: "差异已关闭", Detail: "该差异无需人工决定。未执行任何操作。"},
	},
	{
		reconcile.ErrNotBookable, http.StatusConflict, "not_bookable", payment.CauseRequest, "", nil,
		payment.Text{Title: "Nothing to book", Detail: "The two sides cannot be compared in one currency. Nothing was done."},
		payment.Text{Title: "无法入账", Detail: "双方无法以同一货币比较。未执行任何操作。"},
	},
	{
		payment.ErrTooManyOperations, http.StatusConflict, "too_many_operations", payment.CauseRequest, "", nil,
		payment.Text{Title: "Too many operations", Detail: "The payment has as many captures and refunds as it can have."},
		payment.Text{Title: "操作过多", Detail: "该笔支付的请款和退款次数已达上限。"},
	},
	{
		gateway.ErrNoBeneficiary, http.StatusUnprocessableEntity, "unknown_beneficiary", payment.CauseRequest, "", nil,
		payment.Text{Title: "No such beneficiary", Detail: "You have no beneficiary of that id. Nothing was done."},
		payment.Text{Title: "收款人不存在", Detail: "没有该编号的收款人。未执行任何操作。"},
	},
	{
		payment.ErrNotHeld, http.StatusConflict, "not_waiting", payment.CauseRequest, "", nil,
		payment.Text{Title: "Does not wait for this", Detail: "The payout is no draft, or needs no approval."},
		payment.Text{Title: "无需此操作", Detail: "该笔付款不是草稿，或不需要审批。"},
	},
	{
		payment.ErrOwnApproval, http.StatusForbidden, "own_approval", payment.CauseIdentity, "", nil,
		payment.Text{Title: "Somebody else has to approve", Detail: "Whoever made a payout may not approve it."},
		payment.Text{Title: "须由他人审批", Detail: "付款的发起人不得自行审批。"},
	},
	{
		payment.ErrNotSwitchable, http.StatusConflict, "not_switchable", payment.CauseNetwork, "5",
		[]string{payment.ActWait},
		payment.Text{Title: "Not while money may have moved", Detail: "The method can be changed once it is certain that nothing was paid with the one before. Nothing was done."},
		payment.Text{Title: "暂时无法更换", Detail: "确认原支付方式未扣款后才能更换支付方式。未执行任何操作。"},
	},
	{
		money.ErrUnknownAsset, http.StatusUnprocessableEntity, "unknown_currency", payment.CauseRequest, "", nil,
		payment.Text{Title: "No such currency", Detail: "The currency, coin or token is not served. Nothing was done."},
		payment.Text{Title: "不支持的币种", Detail: "不支持该币种、代币或网络。未执行任何操作。"},
	},
	{
		gateway.ErrNotGenuine, http.StatusUnauthorized, "not_authentic", payment.CauseRequest, "", nil,
		payment.Text{Title: "Not authentic", Detail: "The signature, age or form of the message is wrong."},
		payment.Text{Title: "无法验证", Detail: "消息的签名、时间或格式不正确。"},
	},
	{
		gateway.ErrUnclear, http.StatusServiceUnavailable, "not_confirmed", payment.CauseNetwork, "10", nil,
		payment.Text{Title: "Not confirmed", Detail: "The message could not be confirmed. Send it again later."},
		payment.Text{Title: "未能确认", Detail: "消息暂时无法确认，请稍后重发。"},
	},
	{
		payment.ErrConflict, http.StatusConflict, "conflict", payment.CauseNetwork, "1",
		[]string{payment.ActRetry},
		payment.Text{Title: "Changed meanwhile", Detail: "What this is about was changed by another request. Look at it, and repeat yours."},
		payment.Text{Title: "已被修改", Detail: "相关对象已被其他请求修改，请查看后重试。"},
	},
	{
		webhook.ErrChanged, http.StatusConflict, "conflict", payment.CauseNetwork, "1", nil,
		payment.Text{Title: "Changed meanwhile", Detail: "The endpoint was changed by other requests. Look at it, and repeat yours."},
		payment.Text{Title: "已被修改", Detail: "该端点已被其他请求修改，请查看后重试。"},
	},
	{
		limit.ErrExcess, http.StatusTooManyRequests, "too_many_requests", payment.CauseRequest, "1",
		[]string{payment.ActRetry},
		payment.Text{Title: "Too many requests", Detail: "You ask for more than your share at the moment. Nothing was done. Repeat the request with the same Idempotency-Key after the time in Retry-After."},
		payment.Text{Title: "请求过多", Detail: "您的请求超出了当前配额。未执行任何操作。请在 Retry-After 所示时间后使用同一 Idempotency-Key 重试。"},
	},
	{
		limit.ErrBusy, http.StatusServiceUnavailable, "overloaded", payment.CauseInternal, "1",
		[]string{payment.ActRetry},
		payment.Text{Title: "Too busy", Detail: "The gateway has more to do than it can. Nothing was done. Repeat the request with the same Idempotency-Key after the time in Retry-After."},
		payment.Text{Title: "服务繁忙", Detail: "网关当前负载过高。未执行任何操作。请在 Retry-After 所示时间后使用同一 Idempotency-Key 重试。"},
	},
	{
		payment.ErrUnavailable, http.StatusServiceUnavailable, "unavailable", payment.CauseInternal, "5",
		[]string{payment.ActRetry},
		payment.Text{Title: "Not available", Detail: "The gateway cannot store anything at the moment. Repeat the request with the same Idempotency-Key."},
		payment.Text{Title: "服务不可用", Detail: "网关暂时无法保存数据，请使用同一 Idempotency-Key 重试。"},
	},
	internalRow,
}

var internalRow = row{
	errInternal, http.StatusInternalServerError, "internal", payment.CauseInternal, "",
	[]string{payment.ActSupport},
	payment.Text{Title: "Internal error", Detail: "Something went wrong on our side. Repeat the request with the same Idempotency-Key, or contact support with the request id."},
	payment.Text{Title: "内部错误", Detail: "我们这边出现问题。请使用同一 Idempotency-Key 重试，或携带请求编号联系支持。"},
}

func rowOf(err error) row {
	for _, r := range table {
		if errors.Is(err, r.err) {
			return r
		}
	}
	return internalRow
}
