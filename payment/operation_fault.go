package payment

import "fmt"

// OperationFault says why a capture or refund failed or waits. It speaks to the merchant, who asked for it, and not to
// the payer, who can do nothing about it.
type OperationFault struct {
	Code      Reason `json:"code"`
	Title     string `json:"title"`
	Detail    string `json:"detail"`
	Cause     Cause  `json:"cause" enum:"network,balance,channel,identity,institution,client,request,declined,internal"`
	Blame     Blame  `json:"blame"`
	Retryable bool   `json:"retryable" doc:"It failed for good, and the same may be asked for again"`
}

// fault explains an operation that failed or waits, in the language lang. It is nil when there is nothing to explain.
func (o Operation) fault(lang string) *OperationFault {
	status := o.Status()
	if status == "succeeded" || o.Reason == "" {
		return nil
	}
	m := o.Reason.Meaning()
	detail, waits := waitingTexts[status]
	if !waits {
		detail = failedTexts[m.Cause]
	}
	kind, title := kindTexts[o.Kind], statusTexts[status]
	f := &OperationFault{
		Code: o.Reason, Title: fmt.Sprintf(title[0], kind[0]), Detail: detail[0], Cause: m.Cause, Blame: m.Blame,
		Retryable: !waits && m.Retry != RetryNever,
	}
	if lang == "zh" {
		f.Title, f.Detail = kind[1]+title[1], detail[1]
	}
	return f
}

// The texts are English and Chinese, as those of the reasons are.
var (
	kindTexts   = map[OperationKind][2]string{Capture: {"capture", "扣款"}, Refund: {"refund", "退款"}} // those that have a view
	statusTexts = map[string][2]string{
		"failed":       {"The %s failed", "失败"},
		"processing":   {"The %s is not decided yet", "尚无结果"},
		"needs_review": {"A person is looking at the %s", "正在人工核实"},
	}
	waitingTexts = map[string][2]string{
		"processing":   {"We ask the payment channel until we know; do not ask for it again.", "我们会持续向支付渠道查询直到确认结果，请勿重复提交。"},
		"needs_review": {"The payment channel did not tell what became of it. Our team settles it by hand; do not ask for it again.", "支付渠道未能告知结果，我们的工作人员正在人工核实，请勿重复提交。"},
	}
	failedTexts = map[Cause][2]string{
		CauseNetwork:     {"The request did not reach the payment channel.", "请求未到达支付渠道。"},
		CauseBalance:     {"The payment channel says that the money for it is not there, or that a limit is exceeded.", "支付渠道表示资金不足或超出限额。"},
		CauseChannel:     {"The payment channel does not carry it out at the moment.", "支付渠道目前无法处理。"},
		CauseIdentity:    {"The bank that issued the card asks for a confirmation by the payer.", "发卡银行要求付款人验证身份。"},
		CauseInstitution: {"The bank that issued the card cannot be reached at the moment.", "发卡银行暂时无法连接。"},
		CauseClient:      {"It came too late: the time for it has run out.", "已超过有效期。"},
		CauseRequest:     {"The payment channel does not accept the card or the amount for it.", "支付渠道不接受该卡片或金额。"},
		CauseDeclined:    {"The payment channel or the bank that issued the card declined it.", "支付渠道或发卡银行拒绝了该操作。"},
		CauseInternal:    {"It could not be carried out on our side.", "我们未能完成该操作。"},
	}
)
