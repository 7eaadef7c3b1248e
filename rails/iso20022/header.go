package iso20022

// Header is the business application header (head.001.001.02), which says from whom to whom a message between banks
// goes. The kind of message that it announces is that of the message beside it.
type Header struct {
	From              Agent
	To                Agent
	BusinessID        string // of this message, see [CheckID]
	Service           string // the set of rules that both follow, such as "swift.cbprplus.02"
	CreatedAt         Moment
	PossibleDuplicate bool // it may have been sent before
}

func (h *Header) visit(k Kind) part {
	return func(f *form) {
		f.must("Fr", func(f *form) { f.may("FIId", h.From.visit) })
		f.must("To", func(f *form) { f.may("FIId", h.To.visit) })
		f.must("BizMsgIdr", id(&h.BusinessID))
		f.must("MsgDefIdr", constant(string(k)))
		f.may("BizSvc", text(referenceMax, &h.Service))
		f.must("CreDt", instant(&h.CreatedAt))
		f.may("PssblDplct", mark(&h.PossibleDuplicate))
	}
}
