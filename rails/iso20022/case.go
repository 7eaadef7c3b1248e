package iso20022

import "fmt"

// Actor is who asks for or answers a cancellation: a party (the customer) or an agent (a bank), never both.
type Actor struct {
	Party Party
	Agent Agent
}

func (a *Actor) visit(f *form) {
	f.may("Pty", a.Party.visit)
	f.may("Agt", a.Agent.visit)
	if len(f.named("Pty"))+len(f.named("Agt")) > 1 {
		f.fault(fmt.Errorf("actor %w", ErrRepeated))
	}
}

// Assignment is who hands a case to whom; its identifier is that of the message.
type Assignment struct {
	ID        string // see [CheckID]
	From, To  Actor
	CreatedAt Moment
}

func (a *Assignment) visit(f *form) {
	f.must("Id", id(&a.ID))
	f.must("Assgnr", a.From.visit)
	f.must("Assgne", a.To.visit)
	f.must("CreDtTm", instant(&a.CreatedAt))
}

// Case is one investigation, the same from the request to its resolution.
type Case struct {
	ID      string
	Creator Actor
}

func (c *Case) visit(f *form) {
	f.must("Id", reference(&c.ID))
	f.must("Cretr", c.Creator.visit)
}
